-- The same two posts, in turn, by wrk: no CID, no record, no look at replies.
local function headers(secret)
  return {["Content-Type"] = "application/json",
          ["Authorization"] = "Bearer " .. secret}
end

local requests, count = {}, 0

function init()
  requests[0] = wrk.format("POST", "/pinning/pinJSONToIPFS",
    headers("practice.token.pinata"), os.getenv("PIN_BODY"))
  requests[1] = wrk.format("POST", "/api/jobs/list", headers("nos_practice"),
    os.getenv("POST_BODY"))
end

function request()
  count = 1 - count
  return requests[count]
end
