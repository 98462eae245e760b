/**
 * What must happen together. Keys: leases (ZSET of ids by the end of their lease), registrations, heartbeats
 * and notices (HASHes of JSON by id).
 */

/** ARGV: id, registration, heartbeat, end of lease, now, forget what ended before, most agents. 0: full. */
export const registerScript = `
local function forget(ids)
	if #ids == 0 then return end
	redis.call("ZREM", KEYS[1], unpack(ids))
	for key = 2, 4 do redis.call("HDEL", KEYS[key], unpack(ids)) end
end
forget(redis.call("ZRANGEBYSCORE", KEYS[1], "-inf", ARGV[6], "LIMIT", 0, 1000))
if not redis.call("ZSCORE", KEYS[1], ARGV[1]) and redis.call("ZCARD", KEYS[1]) >= tonumber(ARGV[7]) then
	local ended = redis.call("ZRANGEBYSCORE", KEYS[1], "-inf", ARGV[5], "LIMIT", 0, 100)
	if #ended == 0 then return 0 end
	forget(ended)
end
redis.call("HSET", KEYS[2], ARGV[1], ARGV[2])
redis.call("HSET", KEYS[3], ARGV[1], ARGV[3])
redis.call("HDEL", KEYS[4], ARGV[1])
redis.call("ZADD", KEYS[1], ARGV[4], ARGV[1])
return 1
`;

/** ARGV: id, heartbeat, end of lease. 0: not registered. */
export const heartbeatScript = `
if redis.call("HEXISTS", KEYS[2], ARGV[1]) == 0 then return 0 end
redis.call("HSET", KEYS[3], ARGV[1], ARGV[2])
redis.call("ZADD", KEYS[1], ARGV[3], ARGV[1])
return 1
`;

/** ARGV: id. 0: not registered. */
export const deregisterScript = `
for key = 2, 4 do redis.call("HDEL", KEYS[key], ARGV[1]) end
return redis.call("ZREM", KEYS[1], ARGV[1])
`;

/** ARGV: id, notice. 0: not registered. */
export const notifyScript = `
if redis.call("HEXISTS", KEYS[2], ARGV[1]) == 0 then return 0 end
redis.call("HSET", KEYS[4], ARGV[1], ARGV[2])
return 1
`;

/** ARGV: the least end of a lease. Ids with the ends of their leases, then chunks of the three hashes. */
export const listScript = `
local leases = redis.call("ZRANGEBYSCORE", KEYS[1], ARGV[1], "+inf", "WITHSCORES")
local answer = { leases, {}, {}, {} }
for first = 1, #leases, 2000 do
	local ids = {}
	for at = first, math.min(first + 1998, #leases), 2 do ids[#ids + 1] = leases[at] end
	for key = 2, 4 do
		local chunks = answer[key]
		chunks[#chunks + 1] = redis.call("HMGET", KEYS[key], unpack(ids))
	end
end
return answer
`;
