#include "report.h"

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace convlstm::benchmarks {
namespace {

std::string quoted(const std::string& text) {
  std::string result(1, '"');
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  result += '"';
  return result;
}

template <typename Map, typename Write>
std::string object(const Map& map, const Write& write) {
  std::ostringstream text;
  text << '{';
  const char* comma = "";
  for (const auto& [name, value] : map) {
    text << comma << quoted(name) << ": " << write(value);
    comma = ", ";
  }
  text << '}';
  return text.str();
}

std::string number(double value) {
  std::ostringstream text;
  text << value;
  return std::isfinite(value) ? text.str() : "null";
}

std::string json_row(const MachineFacts& machine, const Row& row) {
  const bool has_peer = !row.best_peer.empty();
  const std::map<std::string, std::string> members{
      {"id", quoted(row.id)},
      {"dtype", quoted(row.dtype)},
      {"policy", quoted(row.policy)},
      {"executor", quoted(row.executor)},
      {"ours_ms", number(row.ours_ms)},
      {"peers", object(row.peers, number)},
      {"peer_forms", object(row.peer_forms, quoted)},
      {"best_peer", has_peer ? quoted(row.best_peer) : "null"},
      {"speedup", has_peer ? number(row.pair.speedup) : "null"},
      {"speedup_spread", has_peer ? number(row.pair.spread) : "null"},
      {"gflops", number(row.gflops)},
      {"fma_peak_gflops", number(machine.fma_peak)},
      {"fma_share", number(row.gflops / machine.fma_peak)},
      {"max_error", number(row.max_error)},
      {"rounds", number(row.rounds)},
      {"good_pairs", number(row.pair.good)},
      {"is_noisy", row.pair.is_noisy ? "true" : "false"},
  };
  return object(members, [](const std::string& text) { return text; });
}

}  // namespace

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown";
}

void print_rows(const MachineFacts& machine, const std::vector<Row>& rows) {
  std::printf("\n%s, %d threads for everybody, %s, %s\nFMA peak %.1f GFLOP/s in 32-bit floats",
              processor_name().c_str(), machine.threads, machine.instruction_set.c_str(),
              machine.peers.c_str(), machine.fma_peak);
  if (machine.bfloat16_peak > 0) std::printf(", dot products of bfloat16 %.1f", machine.bfloat16_peak);
  std::printf("\n%-8s%-8s%-16s%10s", "shape", "policy", "executor", "ours ms");
  for (const char* peer : {"Winograd", "direct"}) std::printf("%10s ms", peer);
  std::printf("%10s%9s%9s%9s%10s%8s\n", "speed-up", "spread", "GFLOP/s", "of peak", "error", "pairs");
  for (const Row& row : rows) {
    std::printf("%-8s%-8s%-16s%10.3f", row.id.c_str(), row.policy.c_str(), row.executor.c_str(), row.ours_ms);
    for (const char* peer : {"oneDNN Winograd", "oneDNN direct"}) {
      const auto found = row.peers.find(peer);
      found == row.peers.end() ? std::printf("%13s", "-") : std::printf("%13.3f", found->second);
    }
    if (row.best_peer.empty())
      std::printf("%10s%9s", "-", "-");
    else
      std::printf("%9.2fx%8.1f%%", row.pair.speedup, 100 * row.pair.spread);
    std::printf("%9.0f%8.0f%%%10.1e%5d/%-3d%s\n", row.gflops, 100 * row.gflops / machine.fma_peak,
                row.max_error, row.pair.good, row.rounds, row.pair.is_noisy ? " noisy" : "");
    if (&row != &rows.back() && (&row)[1].id == row.id) continue;  // the forms are those of the shape
    for (const auto& [peer, form] : row.peer_forms)
      std::printf("        %s: %s\n", peer.c_str(), form.c_str());
  }
}

void write_rows(const std::string& path, const MachineFacts& machine, const std::vector<Row>& rows) {
  const std::map<std::string, std::string> facts{
      {"processor", quoted(processor_name())},
      {"threads", number(machine.threads)},
      {"instruction_set", quoted(machine.instruction_set)},
      {"peers", quoted(machine.peers)},
      {"fma_peak_gflops", number(machine.fma_peak)},
      {"bf16_peak_gflops", machine.bfloat16_peak > 0 ? number(machine.bfloat16_peak) : "null"},
  };
  const std::string temporary = path + ".new";
  {
    std::ofstream file(temporary);
    file << "{\n  \"machine\": " << object(facts, [](const std::string& text) { return text; })
         << ",\n  \"rows\": [";
    const char* comma = "\n    ";
    for (const Row& row : rows) {
      file << comma << json_row(machine, row);
      comma = ",\n    ";
    }
    file << "\n  ]\n}\n";
    if (!file.flush()) throw std::runtime_error("--json: cannot write '" + path + "'");
  }
  std::filesystem::rename(temporary, path);
}

}  // namespace convlstm::benchmarks
