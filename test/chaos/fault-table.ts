import type { Fault } from "./fault.ts";
import { agentsKilled } from "./faults/agents-killed.ts";
import { atLimits } from "./faults/at-limits.ts";
import { frozen } from "./faults/frozen.ts";
import { hostileWriters } from "./faults/hostile-writers.ts";
import { intakeKilled } from "./faults/intake-killed.ts";
import { kafkaAway } from "./faults/kafka-away.ts";
import { malformed } from "./faults/malformed.ts";
import { mongodbAway } from "./faults/mongodb-away.ts";
import { opaAway } from "./faults/opa-away.ts";
import { opaGarbage } from "./faults/opa-garbage.ts";
import { redisAway } from "./faults/redis-away.ts";
import { redisReservations } from "./faults/redis-reservations.ts";
import { registryAway } from "./faults/registry-away.ts";
import { rollingRestart } from "./faults/rolling-restart.ts";
import { slaApiGarbage } from "./faults/sla-api-garbage.ts";
import { temporalKilled } from "./faults/temporal-killed.ts";
import { twiceAndShuffled } from "./faults/twice-and-shuffled.ts";
import { widestPlan } from "./faults/widest-plan.ts";
import { workerKilled } from "./faults/worker-killed.ts";

/** All faults, in the order they are injected. */
export const faultTable: readonly Fault[] = [
	workerKilled,
	intakeKilled,
	kafkaAway,
	temporalKilled,
	mongodbAway,
	redisAway,
	twiceAndShuffled,
	malformed,
	agentsKilled,
	rollingRestart,
	frozen,
	hostileWriters,
	widestPlan,
	atLimits,
	registryAway,
	slaApiGarbage,
	redisReservations,
	opaAway,
	opaGarbage,
];
