-- Sends one request over and over with keys drawn uniformly from a file of 54-byte tokens; prints one JSON object at the
-- end. Arguments: the file, how many tokens it holds, the request line, and its header lines but the key, "|" between them.
-- The file is mapped, not read: ten million tokens do not fit into LuaJIT's own memory.
local ffi = require("ffi")
ffi.cdef [[
  int open(const char *path, int flags);
  void *mmap(void *addr, size_t length, int prot, int flags, int fd, long offset);
]]

local WIDTH = 54
local tokens, count, state, head, tail

function init(args)
  count = tonumber(args[2])
  local fd = ffi.C.open(args[1], 0)
  tokens = ffi.cast("const char *", ffi.C.mmap(nil, count * WIDTH, 1, 1, fd, 0))
  state = ffi.new("uint64_t", 88172645463325252ULL)
  head = args[3] .. " HTTP/1.1\r\nHost: localhost\r\nApi-Key: "
  tail = "\r\n" .. string.gsub(args[4], "|", "\r\n") .. "\r\n\r\n"
end

function request()
  state = bit.bxor(state, bit.lshift(state, 13))
  state = bit.bxor(state, bit.rshift(state, 7))
  state = bit.bxor(state, bit.lshift(state, 17))
  local place = tonumber(state % count) * WIDTH
  return head .. ffi.string(tokens + place, WIDTH) .. tail
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'JSON {"requests":%d,"microseconds":%d,"refused":%d,"broken":%d,"p50_us":%d,"p99_us":%d}\n',
    summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
