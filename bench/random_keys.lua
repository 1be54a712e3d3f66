-- wrk's part of grow_and_shrink.py: GETs of random keys that all exist, one POST in ten, and a line
-- of JSON at the end. Arguments: how many keys, a seed, the bytes of a value.

local threads = {}

function setup(thread)
  threads[#threads + 1] = thread
  thread:set("number", #threads)
end

function init(args)
  keys = tonumber(args[1])
  math.randomseed(tonumber(args[2]) * 100 + number)
  value = string.rep(string.char(96 + math.random(26)), tonumber(args[3]))
  statuses = ""
  counts = {}
end

function request()
  local key = string.format("k%08d", math.random(0, keys - 1))
  if math.random(10) == 1 then
    return wrk.format("POST", "/" .. key, nil, value)
  end
  return wrk.format("GET", "/get/?key=" .. key)
end

function response(status)
  if status == 200 then return end
  counts[status] = (counts[status] or 0) + 1
  -- Tables do not travel between threads, texts do.
  statuses = ""
  for other, count in pairs(counts) do
    statuses = statuses .. string.format('"%d": %d, ', other, count)
  end
end

function done(summary, latency)
  local other = {}
  for _, thread in ipairs(threads) do
    local of_thread = thread:get("statuses")
    if of_thread ~= "" then
      other[#other + 1] = "{" .. string.sub(of_thread, 1, -3) .. "}"
    end
  end
  local errors = summary.errors
  print(string.format(
    'RESULT {"requests": %d, "seconds": %.3f, "p50_ms": %.3f, "p99_ms": %.3f, "most_ms": %.3f, ' ..
    '"broken": %d, "timeouts": %d, "other_statuses": [%s]}',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, latency.max / 1e3,
    errors.connect + errors.read + errors.write, errors.timeout, table.concat(other, ", ")))
end
