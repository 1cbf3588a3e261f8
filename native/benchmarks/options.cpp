#include "options.h"

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <stdexcept>

#include "core/processors.h"

namespace convlstm::benchmarks {
namespace {

std::vector<Shape> find_shapes(const std::string& ids) {
  std::vector<Shape> found;
  std::string known;
  for (const Shape& shape : all_shapes()) known += (known.empty() ? "" : ", ") + std::string(shape.id);
  std::istringstream words(ids);
  for (std::string id; std::getline(words, id, ',');) {
    const auto all = all_shapes();
    const auto shape = std::find_if(all.begin(), all.end(), [&](const Shape& s) { return id == s.id; });
    if (shape == all.end())
      throw std::invalid_argument("--shapes: expected some of " + known + ", got '" + id + "'");
    found.push_back(*shape);
  }
  if (found.empty()) throw std::invalid_argument("--shapes: expected some of " + known + ", got none");
  return found;
}

int parse_threads(const std::string& name, const std::string& text) {
  char* end = nullptr;
  const long value = std::strtol(text.c_str(), &end, 10);
  if (text.empty() || *end != '\0' || value < 1 || value > 4096)
    throw std::invalid_argument(name + ": expected 1 to 4096, got '" + text + "'");
  return static_cast<int>(value);
}

}  // namespace

Options take_options(int* argc, char** argv) {
  Options options;
  options.shapes.assign(all_shapes().begin(), all_shapes().end());
  options.threads = std::min(2, available_processors());
  if (const char* wanted = std::getenv("CLN_THREADS")) options.threads = parse_threads("CLN_THREADS", wanted);
  const auto is_ours = [&](const std::string& argument) {
    const std::string name = argument.substr(0, argument.find('='));
    const std::string value = argument.size() > name.size() ? argument.substr(name.size() + 1) : "";
    if (name == "--shapes")
      options.shapes = find_shapes(value);
    else if (name == "--threads")
      options.threads = parse_threads(name, value);
    else if (name == "--json")
      options.json = value;
    else if (argument == "--quick")
      options.is_quick = true;
    else if (argument == "--check")
      options.checks_only = true;
    else
      return false;
    return true;
  };
  char** const rest = std::remove_if(argv + 1, argv + *argc, is_ours);
  *argc = static_cast<int>(rest - argv);
  return options;
}

}  // namespace convlstm::benchmarks
