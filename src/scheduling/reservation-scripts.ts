import {
	KEPT_BY_OUTCOME,
	KEPT_BY_PACE,
	MAX_PACE,
} from "../domain/scheduling/traces.ts";

/** Kinds of tickets with traces, and workers with traces of one kind; beyond it the oldest kinds go, and old workers. */
const MAX_TRACE_KEYS = 500;
const MAX_TRACED_AGENTS = 2_000;
/** The oldest of so many goes, as Redis evicts keys: a whole table would take too long to look at. */
const LOOKED_AT = 20;
/** After so many half-lives a trace says nothing. */
const TRACE_LIFE = 20;

/**
 * The reservations in Redis, each script one atomic step. Keys, all in one hash slot (`KEYS[1]` is their
 * prefix, as `{scheduler}`):
 *
 * - `:tickets` HASH, wire id to `[agent, plan, intent, kind, ms, trace key, predicted ms]`: what is reserved; kind 1 is
 *   critical, 2 may be preempted; ms is how long it will take there, predicted ms how long anywhere by a model (0: there
 *   is none). Everything below is derived from it, and changed with it only.
 * - `:lapses` ZSET, wire id by the end of its reservation, Unix epoch in ms by Redis' clock.
 * - `:held` HASH, agent to its number of reservations; `:critical` the same for critical tickets; `:work` the sum of
 *   their ms.
 * - `:of:<agent>` SET of wire ids; `:plan:<plan>` and `:intent:<intent>` HASH, agent to its number of them.
 * - `:preempting` ZSET, wire id of an urgent ticket by the end of its preemption's time; `:cooling:<agent>`: nobody
 *   is preempted there. They stand for themselves.
 * - `:trace:<trace key>` HASH, agent to `[success, failure, at, failed at, pace, paced]`, the trace that outcomes of such tickets
 *   left (`leaveTrace`); it expires. `:traces` ZSET, trace key by its newest outcome. They stand for themselves.
 *
 * A wire id that is reserved again keeps its place, and freeing one twice frees it once: every call may be
 * repeated.
 */
const functions = `
local prefix = KEYS[1]
local tickets, lapses = prefix .. ':tickets', prefix .. ':lapses'
local held, critical, work = prefix .. ':held', prefix .. ':critical', prefix .. ':work'
local function raise(key, field) redis.call('HINCRBY', key, field, 1) end
local function lower(key, field)
	if redis.call('HINCRBY', key, field, -1) <= 0 then redis.call('HDEL', key, field) end
end
local function change(step, agent, plan, intent, isCritical)
	step(held, agent)
	step(prefix .. ':plan:' .. plan, agent)
	step(prefix .. ':intent:' .. intent, agent)
	if isCritical == 1 then step(critical, agent) end
end
local function decode(packed)
	local isRead, value = pcall(cjson.decode, packed or '')
	return isRead and type(value) == 'table' and value or {}
end
local function placeOf(id)
	local packed = redis.call('HGET', tickets, id)
	if not packed then return nil end
	local place = decode(packed)
	local ms, key, predicted = type(place[5] or 0), type(place[6] or ''), type(place[7] or 0)
	if type(place[1]) == 'string' and type(place[2]) == 'string' and type(place[3]) == 'string'
		and ms == 'number' and key == 'string' and predicted == 'number' then
		return place
	end
	-- Not ours: left there, it would make every chunk fail that meets it.
	redis.call('HDEL', tickets, id)
	redis.call('ZREM', lapses, id)
	return nil
end
local function free(id)
	local place = placeOf(id)
	if not place then return '' end
	local agent, plan, intent, isCritical, ms, key, predicted = unpack(place, 1, 7)
	redis.call('HDEL', tickets, id)
	redis.call('ZREM', lapses, id)
	redis.call('SREM', prefix .. ':of:' .. agent, id)
	change(lower, agent, plan, intent, isCritical)
	if redis.call('HINCRBY', work, agent, -(ms or 0)) <= 0 or redis.call('HEXISTS', held, agent) == 0 then
		redis.call('HDEL', work, agent)
	end
	return agent, key, predicted or 0
end
local function nowMs()
	local time = redis.call('TIME')
	return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function dropOld(hash)
	local some, oldest, oldestAt = redis.call('HRANDFIELD', hash, ${LOOKED_AT}, 'WITHVALUES'), nil, math.huge
	for at = 1, #some, 2 do
		local newest = tonumber(decode(some[at + 1])[3]) or 0
		if newest < oldestAt then oldest, oldestAt = some[at], newest end
	end
	redis.call('HDEL', hash, oldest)
end
local function paceOf(actual, predicted)
	if actual <= 0 or predicted <= 0 then return nil end
	return math.max(-${MAX_PACE}, math.min(${MAX_PACE}, math.log(actual / predicted)))
end
local function leaveTrace(key, agent, outcome, now, halfLife, ownPace)
	if not key or halfLife == 0 then return end
	local hash, index = prefix .. ':trace:' .. key, prefix .. ':traces'
	local packed = redis.call('HGET', hash, agent)
	if not packed and redis.call('HLEN', hash) >= ${MAX_TRACED_AGENTS} then dropOld(hash) end
	local trace = decode(packed)
	local success, failure, at = tonumber(trace[1]) or 0, tonumber(trace[2]) or 0, tonumber(trace[3]) or now
	local failedAt = tonumber(trace[4]) or 0
	local pace, paced = tonumber(trace[5]) or 0, tonumber(trace[6]) or 0
	local evaporated = 2 ^ (-math.max(0, now - at) / halfLife)
	local left = ${KEPT_BY_OUTCOME} * evaporated
	success, failure = success * left, failure * left
	pace, paced = pace * evaporated, paced * evaporated
	if outcome == 'success' and ownPace then
		pace, paced = pace * ${KEPT_BY_PACE} + ownPace, paced * ${KEPT_BY_PACE} + 1
	end
	if outcome == 'failure' then failure, failedAt = failure + 1, now else success = success + 1 end
	redis.call('HSET', hash, agent, cjson.encode({success, failure, now, failedAt, pace, paced}))
	redis.call('PEXPIRE', hash, halfLife * ${TRACE_LIFE})
	redis.call('ZADD', index, now, key)
	if redis.call('ZCARD', index) > ${MAX_TRACE_KEYS} then
		local oldest = redis.call('ZPOPMIN', index)
		redis.call('DEL', prefix .. ':trace:' .. oldest[1])
	end
end
local function freeLapsed(now)
	for _, id in ipairs(redis.call('ZRANGEBYSCORE', lapses, '-inf', now, 'LIMIT', 0, 1000)) do free(id) end
end
`;

/**
 * `ARGV[1]`: JSON of `{plan, intent, halfLife, tickets: [[id, former id, kind, lapse in ms, [[agent, places, ms], ...],
 * trace key, predicted ms], ...]}`; each ticket gets a place of the first of its agents that has one. A former id that still has a
 * place never had a result: its agent failed. Answers with `[agents, held, critical, work, plan, intent]`: of each
 * ticket its agent, empty for none, and the counts afterwards.
 */
export const reserveScript = `${functions}
local now = nowMs()
freeLapsed(now)
local chunk = cjson.decode(ARGV[1])
local function put(id, agent, isCritical, lapseMs, ms, key, predicted)
	redis.call('HSET', tickets, id, cjson.encode({agent, chunk.plan, chunk.intent, isCritical, ms, key, predicted}))
	redis.call('HINCRBY', work, agent, ms)
	redis.call('ZADD', lapses, now + lapseMs, id)
	redis.call('SADD', prefix .. ':of:' .. agent, id)
	change(raise, agent, chunk.plan, chunk.intent, isCritical)
end
local function firstOf(candidates, before)
	for _, candidate in ipairs(candidates) do
		if candidate[1] == before then return before, candidate[3] end
	end
	for _, candidate in ipairs(candidates) do
		if tonumber(redis.call('HGET', held, candidate[1]) or 0) < candidate[2] then return candidate[1], candidate[3] end
	end
	return ''
end
for _, ticket in ipairs(chunk.tickets) do
	if ticket[2] ~= '' then
		local agent, key = free(ticket[2])
		if agent ~= '' then leaveTrace(key, agent, 'failure', now, chunk.halfLife) end
	end
end
local agents = {}
for at, ticket in ipairs(chunk.tickets) do
	local id, _, isCritical, lapseMs, candidates, key, predicted = unpack(ticket)
	local before = free(id)
	local agent, ms = firstOf(candidates, before)
	if agent ~= '' then put(id, agent, isCritical, lapseMs, ms, key, predicted) end
	agents[at] = agent
end
return {
	agents,
	redis.call('HGETALL', held),
	redis.call('HGETALL', critical),
	redis.call('HGETALL', work),
	redis.call('HGETALL', prefix .. ':plan:' .. chunk.plan),
	redis.call('HGETALL', prefix .. ':intent:' .. chunk.intent),
}
`;

/**
 * `ARGV[1]`: JSON of `{halfLife, tickets: [[wire id, outcome, who executed it, how long in ms], ...]}`, empty and 0 where
 * they are unknown. Frees their places and leaves their traces; answers with the agent of each, empty where there was no
 * place. Reports name who they like: a failure counts against the agent with the place, and a success for another one
 * only if that one holds places too, or has traces of the kind. How long it took says something of the agent with the
 * place alone.
 */
export const freeScript = `${functions}
local now, ended, agents = nowMs(), cjson.decode(ARGV[1]), {}
local function creditOf(key, agent, outcome, executor)
	if outcome == 'failure' or executor == '' or executor == agent or not key then return agent end
	local isKnown = redis.call('HEXISTS', held, executor) == 1
		or redis.call('HEXISTS', prefix .. ':trace:' .. key, executor) == 1
	return isKnown and executor or ''
end
for at, ticket in ipairs(ended.tickets) do
	local id, outcome, executor, actual = unpack(ticket)
	local agent, key, predicted = free(id)
	if agent ~= '' and outcome ~= '' then
		local by = creditOf(key, agent, outcome, executor)
		local pace = by == agent and paceOf(actual or 0, predicted) or nil
		if by ~= '' then leaveTrace(key, by, outcome, now, ended.halfLife, pace) end
	end
	agents[at] = agent
end
return agents
`;

/** `ARGV`: agents that are gone. Frees all their places, up to 1,000 each; answers with how many. */
export const freeAgentsScript = `${functions}
local count = 0
for _, agent in ipairs(ARGV) do
	for _, id in ipairs(redis.call('SRANDMEMBER', prefix .. ':of:' .. agent, 1000)) do
		free(id)
		count = count + 1
	end
end
return count
`;

/** `ARGV`: trace keys. Answers with `[held, critical, work, traces of each key]`, after what has lapsed is free again. */
export const countScript = `${functions}
freeLapsed(nowMs())
local traces = {}
for at, key in ipairs(ARGV) do traces[at] = redis.call('HGETALL', prefix .. ':trace:' .. key) end
return { redis.call('HGETALL', held), redis.call('HGETALL', critical), redis.call('HGETALL', work), traces }
`;

/**
 * `ARGV`: agents. Answers with their traces of all kinds, at most 500 kinds: of each kind that has some
 * `[trace key, [agent, trace, ...]]`.
 */
export const tracesOfAgentsScript = `${functions}
local answer = {}
for _, key in ipairs(redis.call('ZREVRANGE', prefix .. ':traces', 0, -1)) do
	local found = {}
	local values = redis.call('HMGET', prefix .. ':trace:' .. key, unpack(ARGV))
	for at, packed in ipairs(values) do
		if packed then
			found[#found + 1] = ARGV[at]
			found[#found + 1] = packed
		end
	end
	if #found > 0 then answer[#answer + 1] = {key, found} end
end
return answer
`;

/**
 * `ARGV`: wire id of the urgent ticket, how many preemptions at a time, their time and the agents' rest in ms, and
 * JSON of `[[agent, wire id], ...]`, executed tickets in the order of preference. Answers with the position (from
 * 1) of the one that is to make room, 0 for none, or with -1: too many at a time, -2: one is under way already.
 */
export const preemptScript = `${functions}
local urgent, most, timeMs, restMs, executed = unpack(ARGV)
local preempting, now = prefix .. ':preempting', nowMs()
redis.call('ZREMRANGEBYSCORE', preempting, '-inf', now)
if redis.call('ZSCORE', preempting, urgent) then return -2 end
if redis.call('ZCARD', preempting) >= tonumber(most) then return -1 end
for at, pair in ipairs(cjson.decode(executed)) do
	local agent, id = unpack(pair)
	local place = placeOf(id)
	if place and place[1] == agent and place[4] == 2
		and redis.call('SET', prefix .. ':cooling:' .. agent, id, 'NX', 'PX', restMs) then
		redis.call('ZADD', preempting, now + timeMs, urgent)
		return at
	end
end
return 0
`;

/** `ARGV`: wire id of the urgent ticket whose preemption came to nothing, the agent that refused, and its rest in ms. */
export const giveUpPreemptionScript = `
local urgent, agent, restMs = unpack(ARGV)
local cooling = KEYS[1] .. ':cooling:' .. agent
if redis.call('PTTL', cooling) > tonumber(restMs) then redis.call('PEXPIRE', cooling, restMs) end
return redis.call('ZREM', KEYS[1] .. ':preempting', urgent)
`;
