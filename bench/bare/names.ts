import { createTopicTable } from "../../src/messaging/topics.ts";

/** Consumer groups, database and clients of the bare code. */
export const BARE_GROUP = "bench-bare";
export const BARE_TASK_QUEUE = "bench-bare";
/** Its topics stand beside the service's. */
export const bareTopics = createTopicTable({ prefix: "bare." });
