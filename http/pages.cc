#include "http/pages.h"

#include <httplib.h>

#include <nlohmann/json.hpp>

#include "http/target.h"

namespace vf {
namespace {

using Json = nlohmann::ordered_json;

void SetText(httplib::Response& response, int status, std::string text) {
  response.status = status;
  if (status == 503) response.set_header("Retry-After", "1");
  response.set_content(text + "\n", "text/plain");
}

void SetJson(httplib::Response& response, const Json& json) {
  response.status = 200;
  // Addresses and texts are ours, but a page with a strange byte is better than none.
  response.set_content(json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n",
                       "application/json");
}

Json ToJson(const MemberRow& row) {
  return {{"id", row.id},       {"address", row.address},  {"role", row.role},
          {"state", row.state}, {"boot", row.boot},        {"incarnation", row.incarnation},
          {"ready", row.ready}, {"since_ms", row.since_ms}};
}

Json ToJson(const std::vector<ReplicaRow>& rows) {
  Json json = Json::array();
  for (const ReplicaRow& row : rows) {
    json.push_back({{"id", row.id}, {"address", row.address}, {"state", row.state}});
  }
  return json;
}

Json ToJson(const ReplicasPage& page) {
  return {{"partition", page.partition},
          {"sha1", page.sha1},
          {"owners", ToJson(page.owners)},
          {"fallbacks", ToJson(page.fallbacks)}};
}

Json ToJson(const std::optional<int>& number) { return number ? Json(*number) : Json(nullptr); }

Json ToJson(const StatusPage& page) {
  Json json = {{"id", page.id},           {"address", page.address}, {"role", page.role},
               {"cluster", page.cluster}, {"release", page.release}, {"uptime_s", page.uptime_s},
               {"ready", page.ready}};
  if (!page.ready) json["waiting_for"] = page.waiting_for;
  json["replicas"] = ToJson(page.replicas);
  json["partition_digits"] = ToJson(page.partition_digits);
  if (page.data) {
    json["keys"] = page.data->keys;
    json["bytes"] = page.data->bytes;
    json["partitions"] = {{"owned", page.data->partitions_owned},
                          {"in_sync", page.data->partitions_in_sync}};
  }
  json["members"] = Json::object();
  for (const char* state : {"alive", "suspect", "dead", "left"}) json["members"][state] = 0;
  for (const auto& [state, count] : page.members) json["members"][state] = count;
  json["controllers"] = page.controllers;
  json["warnings"] = page.warnings;
  return json;
}

void AnswerReadyz(const OperatorService& operators, httplib::Response& response) {
  const Readiness readiness = operators.GetReadiness();
  if (readiness.ready) {
    SetText(response, 200, "ready");
  } else {
    SetText(response, 503, readiness.reason);
  }
}

void AnswerReplicas(const OperatorService& operators, const std::string& key,
                    httplib::Response& response) {
  if (const auto page = operators.GetReplicas(key)) {
    SetJson(response, ToJson(*page));
  } else {
    SetText(response, 503, "no founded cluster is known yet; try again");
  }
}

}  // namespace

void InstallPages(httplib::Server& server, const OperatorService& operators,
                  const std::string& key) {
  using httplib::Request;
  using httplib::Response;
  const auto path = [](Page page) { return std::string(PagePath(page)); };
  server.Get(path(Page::kHealthz),
             [](const Request&, Response& response) { SetText(response, 200, "ok"); });
  server.Get(path(Page::kReadyz), [&operators](const Request&, Response& response) {
    AnswerReadyz(operators, response);
  });
  server.Get(path(Page::kMembers), [&operators](const Request&, Response& response) {
    Json json = Json::array();
    for (const MemberRow& row : operators.GetMembers()) json.push_back(ToJson(row));
    SetJson(response, json);
  });
  server.Get(path(Page::kReplicas), [&operators, &key](const Request&, Response& response) {
    AnswerReplicas(operators, key, response);
  });
  server.Get(path(Page::kStatus), [&operators](const Request&, Response& response) {
    SetJson(response, ToJson(operators.GetStatus()));
  });
  server.Get(path(Page::kMetrics), [&operators](const Request&, Response& response) {
    response.status = 200;
    response.set_content(operators.GetMetrics(), "text/plain; version=0.0.4");
  });
}

}  // namespace vf
