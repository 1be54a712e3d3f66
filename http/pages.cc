#include "http/pages.h"

#include <httplib.h>

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/target.h"

namespace vf {
namespace {

// Writes JSON as text, front to back. A tree of nlohmann values would be shorter to fill, but its
// destructor allocates, and so ends the process when memory runs out; a lone string's does not.
class JsonWriter {
 public:
  JsonWriter& Begin(char bracket) {  // '{' or '['
    Separate();
    out_.push_back(bracket);
    return *this;
  }
  JsonWriter& End(char bracket) {
    out_.push_back(bracket);
    return *this;
  }
  JsonWriter& Name(std::string_view name) {
    Text(name);
    out_.push_back(':');
    return *this;
  }
  JsonWriter& Text(std::string_view text) {
    Separate();
    // Texts are ours, but a page with a strange byte is better than none: invalid UTF-8 is
    // replaced.
    using Json = nlohmann::json;
    out_ += Json(std::string(text)).dump(-1, ' ', false, Json::error_handler_t::replace);
    return *this;
  }
  JsonWriter& TextOrNull(std::string_view text) { return text.empty() ? Null() : Text(text); }
  template <typename Integer>
  JsonWriter& Number(Integer number) {
    Separate();
    out_ += std::to_string(number);
    return *this;
  }
  JsonWriter& Number(std::optional<int> number) { return number ? Number(*number) : Null(); }
  JsonWriter& Null() {
    Separate();
    out_ += "null";
    return *this;
  }
  JsonWriter& Bool(bool value) {
    Separate();
    out_ += value ? "true" : "false";
    return *this;
  }
  std::string Take() { return std::move(out_); }

 private:
  void Separate() {
    const bool first = out_.empty() || out_.back() == '{' || out_.back() == '[';
    if (!first && out_.back() != ':') out_.push_back(',');
  }

  std::string out_;
};

void SetText(httplib::Response& response, int status, std::string text) {
  response.status = status;
  if (status == 503) response.set_header("Retry-After", "1");
  response.set_content(text + "\n", "text/plain");
}

void SetJson(httplib::Response& response, JsonWriter& json) {
  response.status = 200;
  response.set_content(json.Take() + "\n", "application/json");
}

void Write(const MemberRow& row, JsonWriter& json) {
  json.Begin('{');
  json.Name("id").Text(row.id);
  json.Name("address").Text(row.address);
  json.Name("role").Text(row.role);
  json.Name("state").Text(row.state);
  if (row.degraded) json.Name("degraded").Bool(true);
  if (row.emptied) json.Name("emptied").Bool(true);
  if (row.busy) json.Name("busy").Bool(true);
  json.Name("boot").Number(row.boot);
  json.Name("incarnation").Number(row.incarnation);
  json.Name("ready").Bool(row.ready);
  json.Name("since_ms").Number(row.since_ms);
  json.Name("udp_bad").Bool(row.udp_bad);
  json.End('}');
}

void Write(const std::vector<ReplicaRow>& rows, JsonWriter& json) {
  json.Begin('[');
  for (const ReplicaRow& row : rows) {
    json.Begin('{').Name("id").Text(row.id).Name("address").Text(row.address);
    json.Name("state").Text(row.state).End('}');
  }
  json.End(']');
}

void Write(const ReplicasPage& page, JsonWriter& json) {
  json.Begin('{').Name("partition").Text(page.partition).Name("sha1").Text(page.sha1);
  Write(page.owners, json.Name("owners"));
  Write(page.fallbacks, json.Name("fallbacks"));
  json.End('}');
}

void Write(const std::vector<std::string>& texts, JsonWriter& json) {
  json.Begin('[');
  for (const std::string& text : texts) json.Text(text);
  json.End(']');
}

// All four states are there, whatever the service knows.
void Write(const std::map<std::string, std::uint32_t>& counts, JsonWriter& json) {
  json.Begin('{');
  for (const char* state : {"alive", "suspect", "dead", "left"}) {
    const auto found = counts.find(state);
    json.Name(state).Number(found == counts.end() ? 0 : found->second);
  }
  json.End('}');
}

void Write(const StatusPage& page, JsonWriter& json) {
  json.Begin('{');
  json.Name("id").Text(page.id);
  json.Name("address").Text(page.address);
  json.Name("role").Text(page.role);
  json.Name("cluster").Text(page.cluster);
  json.Name("release").Text(page.release);
  json.Name("profile").Text(page.profile);
  json.Name("cluster_key").Bool(page.cluster_key);
  json.Name("uptime_s").Number(page.uptime_s);
  json.Name("ready").Bool(page.ready);
  if (!page.ready) json.Name("waiting_for").Text(page.waiting_for);
  if (page.leaving) {
    json.Name("leaving").Begin('{').Name("records").Number(page.leaving->records);
    json.Name("partitions").Number(page.leaving->partitions).End('}');
  }
  if (page.move) {
    json.Name("move").Begin('{').Name("partitions").Number(page.move->partitions);
    json.Name("complete").Number(page.move->complete);
    json.Name("records").Number(page.move->records).Name("bytes").Number(page.move->bytes);
    json.Name("since_ms").Number(page.move->since_ms);
    json.Name("last_step_ms").Number(page.move->last_step_ms).End('}');
  }
  json.Name("replicas").Number(page.replicas);
  json.Name("partition_digits").Number(page.partition_digits);
  if (page.data) {
    json.Name("keys").Number(page.data->keys);
    json.Name("bytes").Number(page.data->bytes);
    json.Name("partitions").Begin('{').Name("owned").Number(page.data->partitions_owned);
    json.Name("in_sync").Number(page.data->partitions_in_sync).End('}');
    json.Name("divergence").Number(page.data->divergence);
  }
  Write(page.members, json.Name("members"));
  Write(page.controllers, json.Name("controllers"));
  Write(page.warnings, json.Name("warnings"));
  json.End('}');
}

// As in a path: what is neither letter, digit nor one of -._~ as %XX.
std::string PercentEncode(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string text;
  for (const char c : bytes) {
    if (kPlain.find(c) != std::string_view::npos) {
      text.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      text.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
    }
  }
  return text;
}

void Write(const ConflictRow::Side& side, JsonWriter& json) {
  json.Begin('{').Name("version").Text(side.version);
  json.Name("frontend").TextOrNull(side.frontend).Name("address").TextOrNull(side.address);
  json.End('}');
}

void Write(const ConflictRow& row, JsonWriter& json) {
  json.Begin('{').Name("key").Text(PercentEncode(row.key));
  Write(row.kept, json.Name("kept"));
  Write(row.lost, json.Name("lost"));
  json.End('}');
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
    JsonWriter json;
    Write(*page, json);
    SetJson(response, json);
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
    JsonWriter json;
    json.Begin('[');
    for (const MemberRow& row : operators.GetMembers()) Write(row, json);
    json.End(']');
    SetJson(response, json);
  });
  server.Get(path(Page::kReplicas), [&operators, &key](const Request&, Response& response) {
    AnswerReplicas(operators, key, response);
  });
  server.Get(path(Page::kStatus), [&operators](const Request&, Response& response) {
    JsonWriter json;
    Write(operators.GetStatus(), json);
    SetJson(response, json);
  });
  server.Get(path(Page::kConflicts), [&operators](const Request&, Response& response) {
    JsonWriter json;
    json.Begin('[');
    for (const ConflictRow& row : operators.GetConflicts()) Write(row, json);
    json.End(']');
    SetJson(response, json);
  });
  server.Get(path(Page::kMetrics), [&operators](const Request&, Response& response) {
    response.status = 200;
    response.set_content(operators.GetMetrics(), "text/plain; version=0.0.4");
  });
}

}  // namespace vf
