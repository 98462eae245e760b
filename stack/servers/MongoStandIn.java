import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import java.util.List;

/** Serves a file as MongoDB on a loopback port until SIGTERM, then writes all of it to the file. */
public final class MongoStandIn {
	public static void main(String[] args) {
		H2Backend backend = new H2Backend(args[1]);
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
}
