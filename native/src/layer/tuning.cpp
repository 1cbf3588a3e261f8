#include "layer/tuning.h"

#include <algorithm>
#include <vector>

#include "cell/layer_text.h"
#include "core/error.h"
#include "layer/contest.h"

namespace convlstm {
namespace {

std::vector<std::string> contenders_of(const std::vector<ExecutorOption>& options) {
  std::vector<std::string> names;
  for (const ExecutorOption& option : options)
    names.insert(names.end(), option.contenders.begin(), option.contenders.end());
  return names;
}

// Any option that is able may be named, whether or not it is worth measuring.
void check_choice(const std::string& path, const TuningEntry& entry,
                  const std::vector<ExecutorOption>& options) {
  std::vector<std::string> names = contenders_of(options);
  for (const ExecutorOption& option : options)
    if (option.is_able && std::find(names.begin(), names.end(), option.name) == names.end())
      names.push_back(option.name);
  if (std::find(names.begin(), names.end(), entry.choice) != names.end()) return;
  std::string expected;
  for (const std::string& name : names) expected += (expected.empty() ? "" : " or ") + name;
  fail(CLN_INVALID_ARGUMENT, "tuning file ", path, ", line ", entry.line, ": expected ", expected, ", got ",
       entry.choice);
}

const char* name_of(cln_math math) {
  switch (math) {
    case CLN_MATH_TF32:
      return " tf32";
    case CLN_MATH_BFLOAT16:
      return " bfloat16";
    case CLN_MATH_FLOAT16:
      return " float16";
    case CLN_MATH_FLOAT32:
      break;
  }
  return "";
}

}  // namespace

TuningKey tuning_key(const Backend& backend, const LayerDesc& desc, const InputShape& shape) {
  const char tab = '\t';
  return std::string(CLN_VERSION) + tab + backend.device_model() + tab + backend.instruction_set() + tab +
         std::to_string(backend.thread_count()) + tab +
         (backend.policy() == CLN_POLICY_EXACT ? "exact" : "fast") + name_of(backend.math().kind) + tab +
         "batch=" + std::to_string(shape.batch) + " size=" + text_of(shape.size) + tab + text_of(desc);
}

Tuning::Tuning(cln_tuning kind, std::string path) : kind_(kind), path_(std::move(path)) {
  if (kind_ != CLN_TUNING_OFF) read_tuning_file(path_);
}

std::string Tuning::choice_for(const std::shared_ptr<Backend>& backend, const LayerDesc& desc,
                               const InputShape& shape) const {
  if (kind_ == CLN_TUNING_OFF) return "";
  const TuningKey key = tuning_key(*backend, desc, shape);
  const TuningEntries entries = read_tuning_file(path_);
  const std::vector<ExecutorOption> options = backend->executor_options(desc, shape);
  if (const auto found = entries.find(key); found != entries.end()) {
    check_choice(path_, found->second, options);
    return found->second.choice;
  }
  const std::vector<std::string> contenders = contenders_of(options);
  if (kind_ != CLN_TUNING_MEASURE || contenders.size() < 2) return "";
  const TuningEntry winner = fastest_of(backend, desc, shape, contenders);
  write_tuning_entry(path_, key, winner);
  return winner.choice;
}

}  // namespace convlstm
