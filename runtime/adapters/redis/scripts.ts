// Lua that Redis runs as one step: https://redis.io/docs/latest/develop/programmability/eval-intro/

/** KEYS hash · ARGV time, most entries, fields… · 1 when done, 0 when there is no room. */
export const revokeScript = `
local added = 0
for i = 3, #ARGV do
  if redis.call('HEXISTS', KEYS[1], ARGV[i]) == 0 then added = added + 1 end
end
if added > 0 and redis.call('HLEN', KEYS[1]) + added > tonumber(ARGV[2]) then return 0 end
for i = 3, #ARGV do
  local known = tonumber(redis.call('HGET', KEYS[1], ARGV[i]) or '')
  if not known or known < tonumber(ARGV[1]) then redis.call('HSET', KEYS[1], ARGV[i], ARGV[1]) end
end
return 1`;

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
