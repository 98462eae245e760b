import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.backend.h2.H2Database;
import de.bwaldvogel.mongo.bson.Document;
import java.util.List;
import org.h2.mvstore.MVStore;

/** Serves a file as MongoDB on a loopback port until SIGTERM, then writes all of it to the file. */
public final class MongoStandIn {
	public static void main(String[] args) {
		H2Backend backend = new Backend(args[1]);
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
		Backend(String file) {
			super(file);
		}

		@Override
		protected MongoDatabase openOrCreateDatabase(String name) {
			return new Database(name, getMvStore(), getCursorRegistry());
		}
	}

	private static final class Database extends H2Database {
		Database(String name, MVStore store, CursorRegistry cursors) {
			super(name, store, cursors);
		}

		@Override
		protected Index<Object> openOrCreateUniqueIndex(
				String collection, String name, List<IndexKey> keys, boolean sparse) {
			return new UniqueIndex(super.openOrCreateUniqueIndex(collection, name, keys, sparse), keys, sparse);
		}
	}

	/**
	 * Finds by its keys whatever else a query asks for, as MongoDB does; the library's own index steps
	 * aside for any further condition, and {_id, revision} then reads the whole collection.
	 */
	private static final class UniqueIndex extends Index<Object> {
		private final Index<Object> index;

		UniqueIndex(Index<Object> index, List<IndexKey> keys, boolean sparse) {
			super(index.getName(), keys, sparse);
			this.index = index;
		}

		@Override
		public boolean canHandle(Document query) {
			return query.keySet().containsAll(keySet()) && index.canHandle(keysOf(query));
		}

		@Override
		public Iterable<Object> getPositions(Document query) {
			return index.getPositions(keysOf(query));
		}

		private Document keysOf(Document query) {
			Document keys = new Document();
			for (String key : keys()) keys.append(key, query.get(key));
			return keys;
		}

		@Override
		public Object getPosition(Document document) {
			return index.getPosition(document);
		}

		@Override
		public void checkAdd(Document document, MongoCollection<Object> collection) {
			index.checkAdd(document, collection);
		}

		@Override
		public void add(Document document, Object position, MongoCollection<Object> collection) {
			index.add(document, position, collection);
		}

		@Override
		public Object remove(Document document) {
			return index.remove(document);
		}

		@Override
		public long getCount() {
			return index.getCount();
		}

		@Override
		public long getDataSize() {
			return index.getDataSize();
		}

		@Override
		public void checkUpdate(Document before, Document after, MongoCollection<Object> collection) {
			index.checkUpdate(before, after, collection);
		}

		@Override
		public void updateInPlace(
				Document before, Document after, Object position, MongoCollection<Object> collection) {
			index.updateInPlace(before, after, position, collection);
		}

		@Override
		public boolean isUnique() {
			return index.isUnique();
		}

		@Override
		public void drop() {
			index.drop();
		}
	}
}
