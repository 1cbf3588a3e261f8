// A lack of memory is a status, and everything stays usable.
#include "support/fixture.h"
#include "support/world.h"

namespace convlstm::test {
namespace {

constexpr std::int64_t kTooMuch = std::int64_t{1} << 43;  // elements: 2^45 bytes

class Memory : public CapiTest {};

TEST_F(Memory, ThatIsNotThere_IsAStatusForEveryKindOfObject) {
  const World w;
  auto* const context = w.context.get();
  cln_tensor* tensor = nullptr;
  expect_failure(CLN_OUT_OF_MEMORY, cln_tensor_create(context, CLN_FLOAT32, &kTooMuch, 1, &tensor),
                 {std::to_string(kTooMuch * 4)});
  const cln_recurrent_desc huge_layer = recurrent_desc(1, std::int64_t{1} << 19);
  cln_layer* layer = nullptr;
  expect_failure(CLN_OUT_OF_MEMORY, cln_recurrent_create(context, &huge_layer, &layer), {"bytes"});
  const std::int64_t size[] = {std::int64_t{1} << 21, std::int64_t{1} << 21};
  cln_state* state = nullptr;
  expect_failure(CLN_OUT_OF_MEMORY, cln_state_create(context, w.layer.get(), 1, size, 2, &state), {"bytes"});
  cln_reserve* reserve = nullptr;
  expect_failure(CLN_OUT_OF_MEMORY,
                 cln_reserve_create(w.session.get(), std::int64_t{1} << 40, nullptr, &reserve), {"bytes"});
  EXPECT_TRUE(tensor == nullptr && layer == nullptr && state == nullptr && reserve == nullptr);

  w.forward_training();
  EXPECT_EQ(cln_session_backward(w.session.get(), w.x.get(), w.reserve.get(), w.y.get(), nullptr, nullptr),
            CLN_OK);
  EXPECT_EQ(cln_optimizer_step(w.optimizer.get(), nullptr), CLN_OK);
}

}  // namespace
}  // namespace convlstm::test
