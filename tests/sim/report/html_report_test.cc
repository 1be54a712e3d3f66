#include "tools/cluster-sim/report/html_report.h"

#include <gtest/gtest.h>

#include <cctype>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sim/report/sample_run.h"
#include "tools/cluster-sim/report/chart.h"
#include "tools/cluster-sim/report/markup.h"

namespace vf::sim {
namespace {

const ReportHead kHead{"0.1.0 (abc)", "cluster-sim run --seed 17"};

// ` name="value"` as often as it likes, and perhaps a slash. (A regular expression would need a
// deep stack for long values.)
bool AttributesStandInQuotes(std::string_view text) {
  while (!text.empty() && text != "/") {
    const std::size_t equals = text.find("=\"");
    if (text[0] != ' ' || equals == std::string_view::npos || equals < 2) return false;
    for (const char c : text.substr(1, equals - 1)) {
      if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-') return false;
    }
    const std::size_t quote = text.find('"', equals + 2);
    if (quote == std::string_view::npos) return false;
    text.remove_prefix(quote + 1);
  }
  return true;
}

// Every element is closed, in order; attributes stand in quotes. Returns what is wrong.
std::string NotWellFormed(const std::string& html) {
  std::vector<std::string> open;
  for (std::size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
    const std::size_t end = html.find('>', at);
    if (end == std::string::npos) return "a tag does not end";
    const std::string tag = html.substr(at + 1, end - at - 1);
    if (tag.substr(0, 8) == "!DOCTYPE") continue;
    const std::string name =
        tag.substr(tag[0] == '/' ? 1 : 0, tag.find_first_of(" \n/", 1) - (tag[0] == '/' ? 1 : 0));
    if (tag[0] == '/') {
      if (open.empty() || open.back() != name) return "</" + name + "> closes nothing";
      open.pop_back();
    } else {
      if (!AttributesStandInQuotes(tag.substr(name.size()))) return "<" + tag.substr(0, 200) + ">";
      if (tag.back() != '/') open.push_back(name);
    }
  }
  return open.empty() ? "" : "<" + open.back() + "> is not closed";
}

std::size_t Count(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

TEST(HtmlReportTest, IsOneWellFormedPageThatNeedsNothingElse) {
  for (const bool violations : {false, true}) {
    const std::string html = HtmlReport(SampleRun({.violations = violations}), kHead);
    EXPECT_EQ(NotWellFormed(html), "");
    EXPECT_EQ(html.substr(0, 15), "<!DOCTYPE html>");
    for (const char* foreign : {"http:", "https:", "<script", "src=", "@import", "url("}) {
      EXPECT_EQ(Count(html, foreign), 0u) << foreign;
    }
    EXPECT_EQ(Count(html, "nan"), 0u);
    EXPECT_EQ(Count(html, "inf"), 0u);
  }
}

TEST(HtmlReportTest, SaysWhatRanAndHowItEnded) {
  const std::string fine = HtmlReport(SampleRun(), kHead);
  for (const char* part : {"seed 17", "cluster-sim run --seed 17", "0.1.0 (abc)", "fine",
                           "5 nodes, 1 controller", "0123456789abcdef", "1,234,567",
                           "from the last fault to convergence", "node-1", "frontend-0"}) {
    EXPECT_GT(Count(fine, part), 0u) << part;
  }
  const std::string bad = HtmlReport(SampleRun({.violations = true}), kHead);
  EXPECT_GT(Count(bad, "1 violation: acked_writes"), 0u);
  EXPECT_GT(Count(bad, "outcome bad"), 0u);
  EXPECT_EQ(Count(fine, "outcome bad"), 0u);
}

TEST(HtmlReportTest, EscapesWhateverKeysAndTextsHold) {
  const std::string html = HtmlReport(SampleRun({.violations = true}), kHead);
  EXPECT_GT(Count(html, "user/&lt;b&gt;42&lt;/b&gt;&amp;&quot;\\n\\xff"), 0u);
  EXPECT_GT(Count(html, "node-4 holds &lt;nothing&gt;"), 0u);
  EXPECT_GT(Count(html, "acknowledged &amp; stored"), 0u);
  EXPECT_EQ(Count(html, "<b>42"), 0u);
}

TEST(HtmlReportTest, HasBothColourSchemes) {
  const std::string html = HtmlReport(SampleRun(), kHead);
  EXPECT_GT(Count(html, "prefers-color-scheme:dark"), 0u);
  EXPECT_GT(Count(html, "color-scheme:light dark"), 0u);
}

TEST(HtmlReportTest, PicturesHaveTextsForThoseWhoDoNotSeeThem) {
  const std::string html = HtmlReport(SampleRun(), kHead);
  const std::size_t pictures = Count(html, "role=\"img\"");
  EXPECT_EQ(pictures, 5u);
  EXPECT_EQ(Count(html, "<desc id="), pictures);
  EXPECT_EQ(Count(html, "<figcaption>"), pictures);
  EXPECT_EQ(Count(html, "virtual time, seconds"), pictures);
}

TEST(HtmlReportTest, EveryStyleThatIsUsedIsDefined) {
  const std::string html = HtmlReport(SampleRun({.nodes = 100, .violations = true}), kHead) +
                           HtmlReport(SampleRun({.violations = true}), kHead);
  const std::regex used(R"re(class="([^"]*)")re");
  std::set<std::string> classes;
  for (auto it = std::sregex_iterator(html.begin(), html.end(), used); it != std::sregex_iterator();
       ++it) {
    std::string names = (*it)[1];
    for (std::size_t space = names.find(' '); space != std::string::npos; space = names.find(' ')) {
      classes.insert(names.substr(0, space));
      names = names.substr(space + 1);
    }
    classes.insert(names);
  }
  // These only say what a thing is; the general style of text fits them.
  for (const char* plain : {"tick", "note", "unit"}) classes.erase(plain);
  for (const std::string& name : classes) {
    EXPECT_TRUE(std::regex_search(html, std::regex("\\." + name + "[,{ .:>]"))) << name;
  }
}

TEST(HtmlReportTest, StaysSmallWhateverTheRunHolds) {
  RunResult run = SampleRun({.nodes = 200, .seconds = 3600, .operations_per_s = 50});
  for (int i = 0; i < 2000; ++i) {
    Violation violation{"acked_writes", std::string(5000, '\xff'), i, std::string(5000, '<'), {}};
    for (int line = 0; line < 500; ++line) violation.trace.push_back(std::string(1000, '&'));
    run.violations.push_back(violation);
    run.history.faults.push_back({"pause",
                                  i * 1'000'000'000LL,
                                  i * 1'000'000'000LL + 500'000'000,
                                  1,
                                  std::string(3000, '"'),
                                  {1},
                                  0});
    run.history.divergence.push_back({3'600'000'000'000 + i, 5});
  }
  const std::string large = HtmlReport(run, kHead);
  EXPECT_LT(large.size(), kMaxReportBytes);
  EXPECT_EQ(NotWellFormed(large), "");

  // Few hosts whose states change all the time.
  RunResult busy = SampleRun({.nodes = 40, .seconds = 3600});
  for (SimTime at = 60'000'000'000; at < 3'600'000'000'000; at += 100'000'000) {
    for (ProcessNumber process : {0U, 1U, 4U, 5U, 6U, 7U, 8U, 9U, 10U, 11U, 12U, 13U, 14U, 15U}) {
      const bool odd = at / 100'000'000 % 2 == 1;
      busy.history.lives.push_back({at, process, odd ? LifeEvent::kPaused : LifeEvent::kResumed});
      busy.history.beliefs.push_back(
          {at, 16, process, odd ? BelievedState::kSuspect : BelievedState::kDead});
    }
  }
  const std::string many = HtmlReport(busy, kHead);
  EXPECT_LT(many.size(), kMaxReportBytes);
  EXPECT_EQ(NotWellFormed(many), "");
}

TEST(HtmlReportTest, ARunWithoutHistoryHasAPageToo) {
  RunResult run;
  run.converged = false;
  const std::string html = HtmlReport(run, kHead);
  EXPECT_EQ(NotWellFormed(html), "");
  EXPECT_GT(Count(html, "No history was kept"), 0u);
  EXPECT_GT(Count(html, "did not converge within 120s"), 0u);
}

TEST(HtmlReportTest, AShortRunHasAnAxis) {
  RunResult run = SampleRun();
  run.history.end = 1'000'000;
  EXPECT_EQ(NotWellFormed(HtmlReport(run, kHead)), "");
  run.history.end = 0;
  EXPECT_EQ(NotWellFormed(HtmlReport(run, kHead)), "");
}

TEST(MarkupTest, EscapesEveryByte) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  const std::string text = Escaped(all);
  EXPECT_EQ(text.find_first_of("<>\"'"), std::string::npos);
  for (const char c : text) EXPECT_TRUE(c >= 0x20 && c < 0x7f);
  EXPECT_EQ(Escaped("abcdef", 3), "abc...");
  EXPECT_EQ(Escaped("a\tb"), "a\\tb");
}

TEST(MarkupTest, CoordinatesHaveOneDecimalAtMost) {
  EXPECT_EQ(Coordinate(12), "12");
  EXPECT_EQ(Coordinate(12.34), "12.3");
  EXPECT_EQ(Coordinate(-0.26), "-0.3");
  EXPECT_EQ(Coordinate(0), "0");
}

TEST(ChartTest, ValueAxesEndAtRoundNumbers) {
  for (const double greatest : {0.0, 1.0, 3.0, 9.5, 99.0, 101.0, 12'345.0, 1e9}) {
    const ValueScale scale = ValueScale::Linear(greatest, 0, 100);
    EXPECT_GE(scale.most, greatest);
    EXPECT_GE(scale.Ticks().size(), 2u) << greatest;
    EXPECT_LE(scale.Ticks().size(), 6u) << greatest;
    EXPECT_EQ(scale.Y(0), 100);
    EXPECT_EQ(scale.Y(scale.most), 0);
  }
  const ValueScale scale = ValueScale::Logarithmic(0.3, 250, 0, 100);
  EXPECT_NEAR(scale.least, 0.1, 1e-9);
  EXPECT_NEAR(scale.most, 1000, 1e-6);
  EXPECT_NEAR(scale.Y(10), 50, 1e-6);
}

}  // namespace
}  // namespace vf::sim
