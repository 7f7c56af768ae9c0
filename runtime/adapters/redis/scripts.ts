// Lua that Redis runs as one step: https://redis.io/docs/latest/develop/programmability/eval-intro/

/**
 * KEYS hash · ARGV time, field, most entries with it, field, most, … · 0 when all is done; else nothing is, and it is
 * the number of the first field that has no room.
 */
export const revokeScript = `
local added = 0
for i = 2, #ARGV, 2 do
  if redis.call('HEXISTS', KEYS[1], ARGV[i]) == 0 then added = added + 1 end
end
local entries = redis.call('HLEN', KEYS[1]) + added
for i = 2, #ARGV, 2 do
  if entries > tonumber(ARGV[i + 1]) and redis.call('HEXISTS', KEYS[1], ARGV[i]) == 0 then return i / 2 end
end
for i = 2, #ARGV, 2 do
  local known = tonumber(redis.call('HGET', KEYS[1], ARGV[i]) or '')
  if not known or known < tonumber(ARGV[1]) then redis.call('HSET', KEYS[1], ARGV[i], ARGV[1]) end
end
return 0`;

/** KEYS hash · ARGV field, value, field, value, … · the number removed, each only while it has that value. */
export const removeIfScript = `
local removed = 0
for i = 1, #ARGV, 2 do
  if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] then
    removed = removed + redis.call('HDEL', KEYS[1], ARGV[i])
  end
end
return removed`;

/**
 * KEYS bucket · ARGV requests a minute · whole seconds to wait, 0 when the request passes. The clock is Redis's own,
 * so that replicas whose clocks differ share one bucket.
 */
export const takeScript = `
local minute = tonumber(ARGV[1])
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local bucket = redis.call('HMGET', KEYS[1], 'left', 'at')
local left = tonumber(bucket[1]) or minute
local at = tonumber(bucket[2]) or now
left = math.min(minute, left + math.max(0, now - at) * minute / 60)
local wait = 0
if left >= 1 then left = left - 1 else wait = math.ceil((1 - left) * 60 / minute) end
redis.call('HSET', KEYS[1], 'left', string.format('%.6f', left), 'at', string.format('%.6f', now))
redis.call('EXPIRE', KEYS[1], 120)
return wait`;
