#include "layer/plan_text.h"

#include "cell/layer_text.h"
#include "cell/multiply_adds.h"
#include "core/json_text.h"

namespace convlstm {
namespace {

const char* word_of(Session::Choice choice) {
  switch (choice) {
    case Session::Choice::kList:
      return "list";
    case Session::Choice::kEnvironment:
      return "environment";
    case Session::Choice::kTuning:
      break;
  }
  return "tuning";
}

void write_sizes(JsonText& json, const char* name, const Size3& size, std::int32_t rank) {
  json.name(name).begin_array();
  for (const std::int64_t side : dims_of(size, rank)) json.value(side);
  json.end_array();
}

void write_passed_over(JsonText& json, const std::vector<ExecutorOption>& options,
                       const std::string& chosen) {
  json.name("passed_over").begin_array();
  for (const ExecutorOption& option : options) {
    if (option.name == chosen) break;
    json.begin_object().member("executor", option.name);
    json.member("why", option.takes ? "another one was asked for" : option.takes.why_not).end_object();
  }
  json.end_array();
}

// Of whole sequences.
void write_estimates(JsonText& json, const ExecutorPlan& plan, const std::vector<ExecutorOption>& options,
                     std::int64_t steps) {
  json.name("estimates").begin_array();
  const auto write = [&](const std::string& what, double multiply_adds) {
    if (multiply_adds <= 0) return;
    json.begin_object().member("name", what).name("multiply_adds");
    json.count(static_cast<double>(steps) * multiply_adds).end_object();
  };
  for (const ExecutorOption& option : options) write(option.name, option.multiply_adds);
  for (const PlanEstimate& estimate : plan.estimates) write(estimate.name, estimate.multiply_adds);
  json.end_array();
}

void write_cell(JsonText& json, const Session& session, std::int64_t index, std::int64_t steps) {
  const LayerDescription& layer = session.layer().desc();
  const LayerDesc desc = cell_of(layer, index);
  const InputShape shape = session.cell_input(index);
  const Executor& executor = session.cell(index);
  const ExecutorPlan plan = executor.plan(steps);
  const auto options = session.context().backend().executor_options(desc, shape);
  json.begin_object();
  const StackDesc* stack = stack_of(layer);
  const std::int64_t directions = stack != nullptr ? stack->directions() : 1;
  const bool is_reverse =
      stack != nullptr &&
      (stack->is_bidirectional() ? index % 2 == 1 : stack->direction == CLN_DIRECTION_REVERSE);
  json.member("layer", index / directions).member("direction", is_reverse ? "reverse" : "forward");
  json.member("description", text_of(desc));
  write_sizes(json, "input_size", shape.size, rank_of(layer));
  json.member("executor", executor.name());
  json.member("chosen_by", word_of(session.choice_of(index)));
  write_passed_over(json, options, executor.name());
  json.member("algorithm", plan.algorithm).member("tiling", plan.tiling);
  json.name("tiling_numbers").begin_object();
  for (const PlanNumber& number : plan.numbers) json.member(number.name, number.value);
  json.end_object();
  json.member("input", plan.input);
  json.member("weight_bytes", plan.weight_bytes).member("work_bytes", plan.work_bytes);
  const double equations = static_cast<double>(shape.batch) * multiply_adds_of(desc, shape.size);
  const double computed = plan.multiply_adds > 0 ? plan.multiply_adds : equations;
  json.name("multiply_adds").count(static_cast<double>(steps) * equations);
  json.name("computed_multiply_adds").count(static_cast<double>(steps) * computed);
  write_estimates(json, plan, options, steps);
  json.end_object();
}

}  // namespace

std::string plan_text(const Session& session, std::int64_t steps) {
  const Backend& backend = session.context().backend();
  const LayerDescription& layer = session.layer().desc();
  JsonText json;
  json.begin_object();
  json.member("device", backend.device_name()).member("instruction_set", backend.instruction_set());
  json.member("threads", std::int64_t{backend.thread_count()});
  json.member("policy", backend.policy() == CLN_POLICY_EXACT ? "exact" : "fast");
  json.member("batch", session.shape().batch).member("steps", steps);
  write_sizes(json, "size", session.shape().size, rank_of(layer));
  json.member("reserve_bytes", session.reserve_bytes(steps));
  if (!session.stack_text().empty()) json.member("stack", session.stack_text());
  json.name("cells").begin_array();
  for (std::int64_t index = 0; index < cell_count(layer); ++index) write_cell(json, session, index, steps);
  json.end_array().end_object();
  return json.text();
}

}  // namespace convlstm
