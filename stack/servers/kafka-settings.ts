/** Answers the settings of a single KRaft node that is broker and controller. */
export function brokerSettings(
	[port, controllerPort]: readonly number[],
	logDirectory: string,
): string {
	return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controllerPort}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=${logDirectory}
${SINGLE_NODE}`;
}

const SINGLE_NODE = `auto.create.topics.enable=false
num.partitions=1
# With the default of 3 replicas no consumer group ever works on one node.
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
# After a kill -9 a restart waits until the old session has run out: 11.6 s by default.
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
num.network.threads=2
num.io.threads=2
background.threads=2
log.cleaner.enable=false
`;

/** Without a configuration log4j writes errors only, and those without a time. */
export const LOG_SETTINGS = `status=error
rootLogger.level=warn
rootLogger.appenderRef.console.ref=console
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d{ISO8601} %p %m (%c{1})%n
logger.start.name=kafka.server.KafkaRaftServer
logger.start.level=info
`;
