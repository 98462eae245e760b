import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.AbstractUniqueIndex;
import de.bwaldvogel.mongo.backend.CollectionOptions;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.EmptyIndex;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.KeyValue;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.backend.h2.H2Collection;
import de.bwaldvogel.mongo.backend.h2.H2Database;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.bson.BsonDecoder;
import de.bwaldvogel.mongo.wire.bson.BsonEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.ConcurrentModificationException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.WriteBuffer;
import org.h2.mvstore.type.BasicDataType;
import org.h2.mvstore.type.ObjectDataType;

/** Serves a file as MongoDB on a loopback port until SIGTERM, then writes all of it to the file. */
public final class MongoStandIn {
	/** With the usual 16 MB writes wait for pages of other documents to be read back from the file. */
	private static final int CACHE_MB = 256;
	/** Of the process, because the library opens collections in constructors, before a class of ours has its fields. */
	private static MVStore file;

	public static void main(String[] args) {
		file = new MVStore.Builder().fileName(args[1]).cacheSize(CACHE_MB).open();
		H2Backend backend = new Backend();
		backend.version(new AnnouncedVersion());
		MongoServer server = new MongoServer(backend);
		server.bind("127.0.0.1", Integer.parseInt(args[0]));
		Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
	}

	/** The official driver refuses a server that announces a wire version below 9. */
	private static final class AnnouncedVersion implements MongoVersion {
		@Override
		public List<Integer> getVersionArray() {
			return List.of(7, 0, 0);
		}

		@Override
		public int getWireVersion() {
			return 21;
		}
	}

	private static final class Backend extends H2Backend {
		Backend() {
			super(file);
		}

		@Override
		protected MongoDatabase openOrCreateDatabase(String name) {
			return new Database(name, getCursorRegistry());
		}
	}

	/** Documents as BSON. The library has Java serialize them, which is several times dearer; that is still read. */
	private static final class BsonType extends BasicDataType<Document> {
		/** No first byte of what ObjectDataType writes. */
		private static final byte BSON = (byte) 200;
		private static final int HEAP_BYTES_PER_BYTE = 4;
		private final ObjectDataType serialized = new ObjectDataType();

		@Override
		public int getMemory(Document document) {
			return HEAP_BYTES_PER_BYTE * encode(document).readableBytes();
		}

		@Override
		public boolean isMemoryEstimationAllowed() {
			return true;
		}

		@Override
		public void write(WriteBuffer target, Document document) {
			target.put(BSON).put(encode(document).nioBuffer());
		}

		@Override
		public Document read(ByteBuffer source) {
			if (source.get(source.position()) != BSON) return (Document) serialized.read(source);
			source.get();
			ByteBuf bytes = Unpooled.wrappedBuffer(source);
			Document document = BsonDecoder.decodeBson(bytes);
			source.position(source.position() + bytes.readerIndex());
			return document;
		}

		@Override
		public Document[] createStorage(int size) {
			return new Document[size];
		}

		/** The library changes documents in place, also while the file's own thread writes them; it puts them again after that. */
		private static ByteBuf encode(Document document) {
			for (;;) {
				try {
					ByteBuf bytes = Unpooled.buffer();
					BsonEncoder.encodeDocument(document, bytes);
					return bytes;
				} catch (ConcurrentModificationException isBeingChanged) {
					Thread.onSpinWait();
				}
			}
		}
	}

	/** Does not count the bytes of its documents with every write: for that the library encodes each of them. */
	private static final class UncountedCollection extends H2Collection {
		UncountedCollection(
				MongoDatabase database, String name, CollectionOptions options,
				MVMap<Object, Document> documents, MVMap<String, Object> facts, CursorRegistry cursors) {
			super(database, name, options, documents, facts, cursors);
		}

		@Override
		protected boolean tracksDataSize() {
			return false;
		}
	}

	private static final class Database extends H2Database {
		/** Without a first value: the library opens the indexes of its file before this class sets its fields. */
		private Set<String> indexed;

		Database(String name, CursorRegistry cursors) {
			super(name, file, cursors);
		}

		@Override
		protected MongoCollection<Object> openOrCreateCollection(String name, CollectionOptions options) {
			// Who opens a map says how its values are written.
			String map = "databases." + getFullCollectionNamespace(name);
			var documents = file.openMap(map, new MVMap.Builder<Object, Document>().valueType(new BsonType()));
			MVMap<String, Object> facts = file.openMap("meta." + map);
			return new UncountedCollection(this, name, options, documents, facts, cursorRegistry);
		}

		@Override
		protected Index<Object> openOrCreateUniqueIndex(
				String collection, String name, List<IndexKey> keys, boolean sparse) {
			return new UniqueIndex(name, keys, sparse);
		}

		/** One index of a collection serves all that begin with the same key. */
		@Override
		protected Index<Object> openOrCreateSecondaryIndex(
				String collection, String name, List<IndexKey> keys, boolean sparse) {
			if (indexed == null) indexed = new HashSet<>();
			String key = keys.get(0).getKey();
			boolean isFirst = !key.contains(".") && indexed.add(collection + " " + key);
			return isFirst ? new FirstKeyIndex(name, keys) : new EmptyIndex<>(name, keys);
		}
	}

	/**
	 * Finds by an index's first key, in memory, more than match: the library has unique indexes alone and reads whole
	 * collections for the others. It is filled from the collection when it is opened.
	 */
	private static final class FirstKeyIndex extends Index<Object> {
		private static final Set<String> OPERATORS = Set.of("$eq", "$in", "$gt", "$gte", "$lt", "$lte");
		private final String key;
		/** Positions by _id, by the key's value; others have none, a list or another type and may match anything. */
		private final NavigableMap<String, Map<Object, Object>> texts = new TreeMap<>();
		private final NavigableMap<Double, Map<Object, Object>> numbers = new TreeMap<>();
		private final Map<Object, Object> others = new LinkedHashMap<>();
		private long count;

		FirstKeyIndex(String name, List<IndexKey> keys) {
			super(name, keys, true);
			key = keys.get(0).getKey();
		}

		@Override
		public boolean canHandle(Document query) {
			Collection<Map<Object, Object>> found = find(query.get(key));
			if (found == null) return false;
			long size = others.size();
			for (Map<Object, Object> positions : found) size += positions.size();
			// Reading one by one is slower than reading all.
			return size <= count / 2;
		}

		@Override
		public Iterable<Object> getPositions(Document query) {
			List<Object> positions = new ArrayList<>();
			for (Map<Object, Object> some : find(query.get(key))) positions.addAll(some.values());
			positions.addAll(others.values());
			return positions;
		}

		/** What may match; null when this index cannot tell. */
		private Collection<Map<Object, Object>> find(Object asked) {
			if (asked == null) return null;
			if (!(asked instanceof Document)) return findAll(List.of(asked));
			Document operators = (Document) asked;
			if (operators.isEmpty() || !OPERATORS.containsAll(operators.keySet())) return null;
			if (operators.containsKey("$eq")) return findAll(List.of(operators.get("$eq")));
			if (operators.get("$in") instanceof Collection) return findAll((Collection<?>) operators.get("$in"));
			Object low = operators.getOrDefault("$gte", operators.get("$gt"));
			Object high = operators.getOrDefault("$lte", operators.get("$lt"));
			if (isNumber(low) && isNumber(high)) return range(numbers, number(low), number(high));
			if (isText(low) && isText(high)) return range(texts, (String) low, (String) high);
			return null;
		}

		private Collection<Map<Object, Object>> findAll(Collection<?> values) {
			List<Map<Object, Object>> found = new ArrayList<>();
			for (Object value : new HashSet<>(values)) {
				if (!(value instanceof String || value instanceof Number)) return null;
				Map<Object, Object> positions =
						value instanceof String ? texts.get(value) : numbers.get(number(value));
				if (positions != null) found.add(positions);
			}
			return found;
		}

		private static <T> Collection<Map<Object, Object>> range(
				NavigableMap<T, Map<Object, Object>> all, T low, T high) {
			NavigableMap<T, Map<Object, Object>> from = low == null ? all : all.tailMap(low, true);
			return (high == null ? from : from.headMap(high, true)).values();
		}

		private static boolean isNumber(Object bound) {
			return bound == null || bound instanceof Number;
		}

		private static boolean isText(Object bound) {
			return bound == null || bound instanceof String;
		}

		/** Equal numbers of other types are equal to MongoDB. */
		private static Double number(Object value) {
			return value == null ? null : ((Number) value).doubleValue() + 0.0;
		}

		private Map<Object, Object> positionsLike(Document document) {
			Object value = document.get(key);
			if (value instanceof String) return texts.computeIfAbsent((String) value, (text) -> new LinkedHashMap<>());
			if (!(value instanceof Number)) return others;
			return numbers.computeIfAbsent(number(value), (number) -> new LinkedHashMap<>());
		}

		@Override
		public Object getPosition(Document document) {
			return positionsLike(document).get(document.get("_id"));
		}

		@Override
		public void checkAdd(Document document, MongoCollection<Object> collection) {}

		@Override
		public void add(Document document, Object position, MongoCollection<Object> collection) {
			if (positionsLike(document).put(document.get("_id"), position) == null) count += 1;
		}

		@Override
		public Object remove(Document document) {
			Map<Object, Object> positions = positionsLike(document);
			Object position = positions.remove(document.get("_id"));
			if (position != null) count -= 1;
			if (positions.isEmpty()) {
				Object value = document.get(key);
				if (value instanceof String) texts.remove(value);
				if (value instanceof Number) numbers.remove(number(value));
			}
			return position;
		}

		@Override
		public void checkUpdate(Document before, Document after, MongoCollection<Object> collection) {}

		@Override
		public void updateInPlace(
				Document before, Document after, Object position, MongoCollection<Object> collection) {
			remove(before);
			add(after, position, collection);
		}

		@Override
		public long getCount() {
			return count;
		}

		@Override
		public long getDataSize() {
			return 0;
		}

		@Override
		public void drop() {}
	}

	/**
	 * Finds by its keys whatever else a query asks for, as MongoDB does: the library's own index steps aside for any
	 * further condition, and {_id, revision} then reads the whole collection. It is kept in memory, as the others: in a
	 * file the library has Java serialize both keys for every comparison of two.
	 */
	private static final class UniqueIndex extends AbstractUniqueIndex<Object> {
		private final Map<KeyValue, Object> positions = new LinkedHashMap<>();

		UniqueIndex(String name, List<IndexKey> keys, boolean sparse) {
			super(name, keys, sparse);
		}

		@Override
		public boolean canHandle(Document query) {
			return query.keySet().containsAll(keySet()) && super.canHandle(keysOf(query));
		}

		@Override
		public Iterable<Object> getPositions(Document query) {
			return super.getPositions(keysOf(query));
		}

		private Document keysOf(Document query) {
			Document keys = new Document();
			for (String key : keys()) keys.append(key, query.get(key));
			return keys;
		}

		@Override
		protected Object getPosition(KeyValue key) {
			return positions.get(key);
		}

		@Override
		protected boolean putKeyPosition(KeyValue key, Object position) {
			return positions.putIfAbsent(key, position) == null;
		}

		@Override
		protected Object removeDocument(KeyValue key) {
			return positions.remove(key);
		}

		@Override
		protected Iterable<Map.Entry<KeyValue, Object>> getIterable() {
			return positions.entrySet();
		}

		@Override
		public boolean isEmpty() {
			return positions.isEmpty();
		}

		@Override
		public long getCount() {
			return positions.size();
		}

		@Override
		public long getDataSize() {
			return 0;
		}
	}
}
