/**
 * The reservations in Redis, each script one atomic step. Keys, all in one hash slot (`KEYS[1]` is their
 * prefix, as `{scheduler}`):
 *
 * - `:tickets` HASH, wire id to `[agent, plan, intent, kind]`: what is reserved; kind 1 is critical, 2 may be
 *   preempted. Everything below is derived from it, and changed with it only.
 * - `:lapses` ZSET, wire id by the end of its reservation, Unix epoch in ms by Redis' clock.
 * - `:held` HASH, agent to its number of reservations; `:critical` the same for critical tickets.
 * - `:of:<agent>` SET of wire ids; `:plan:<plan>` and `:intent:<intent>` HASH, agent to its number of them.
 * - `:preempting` ZSET, wire id of an urgent ticket by the end of its preemption's time; `:cooling:<agent>`: nobody
 *   is preempted there. They stand for themselves.
 *
 * A wire id that is reserved again keeps its place, and freeing one twice frees it once: every call may be
 * repeated.
 */
const functions = `
local prefix = KEYS[1]
local tickets, lapses = prefix .. ':tickets', prefix .. ':lapses'
local held, critical = prefix .. ':held', prefix .. ':critical'
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
local function free(id)
	local packed = redis.call('HGET', tickets, id)
	if not packed then return '' end
	local agent, plan, intent, isCritical = unpack(cjson.decode(packed))
	redis.call('HDEL', tickets, id)
	redis.call('ZREM', lapses, id)
	redis.call('SREM', prefix .. ':of:' .. agent, id)
	change(lower, agent, plan, intent, isCritical)
	return agent
end
local function nowMs()
	local time = redis.call('TIME')
	return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function freeLapsed(now)
	for _, id in ipairs(redis.call('ZRANGEBYSCORE', lapses, '-inf', now, 'LIMIT', 0, 1000)) do free(id) end
end
`;

/**
 * `ARGV[1]`: JSON of `{plan, intent, tickets: [[id, former id, kind, lapse in ms, [[agent, places], ...]], ...]}`;
 * each ticket gets a place of the first of its agents that has one. Answers with `[agents, held, critical, plan,
 * intent]`: of each ticket its agent, empty for none, and the counts afterwards.
 */
export const reserveScript = `${functions}
local now = nowMs()
freeLapsed(now)
local chunk = cjson.decode(ARGV[1])
local function put(id, agent, isCritical, lapseMs)
	redis.call('HSET', tickets, id, cjson.encode({agent, chunk.plan, chunk.intent, isCritical}))
	redis.call('ZADD', lapses, now + lapseMs, id)
	redis.call('SADD', prefix .. ':of:' .. agent, id)
	change(raise, agent, chunk.plan, chunk.intent, isCritical)
end
local function firstOf(candidates, before)
	for _, candidate in ipairs(candidates) do
		if candidate[1] == before then return before end
	end
	for _, candidate in ipairs(candidates) do
		if tonumber(redis.call('HGET', held, candidate[1]) or 0) < candidate[2] then return candidate[1] end
	end
	return ''
end
for _, ticket in ipairs(chunk.tickets) do
	if ticket[2] ~= '' then free(ticket[2]) end
end
local agents = {}
for at, ticket in ipairs(chunk.tickets) do
	local id, _, isCritical, lapseMs, candidates = unpack(ticket)
	local agent = firstOf(candidates, free(id))
	if agent ~= '' then put(id, agent, isCritical, lapseMs) end
	agents[at] = agent
end
return {
	agents,
	redis.call('HGETALL', held),
	redis.call('HGETALL', critical),
	redis.call('HGETALL', prefix .. ':plan:' .. chunk.plan),
	redis.call('HGETALL', prefix .. ':intent:' .. chunk.intent),
}
`;

/** `ARGV`: wire ids. Frees their places; answers with the agent of each, empty where there was none. */
export const freeScript = `${functions}
local agents = {}
for at, id in ipairs(ARGV) do agents[at] = free(id) end
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

/** Answers with `[held, critical]`, after what has lapsed is free again. */
export const countScript = `${functions}
freeLapsed(nowMs())
return { redis.call('HGETALL', held), redis.call('HGETALL', critical) }
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
	local packed = redis.call('HGET', tickets, id)
	local place = packed and cjson.decode(packed)
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
