#pragma once

#include <gtest/gtest.h>

#include <cstdint>

#include "convlstm_native.h"

namespace convlstm::test {

// Every test leaves nothing alive: the counters are zero before it and after it.
class CapiTest : public testing::Test {
 protected:
  void SetUp() override { expect_nothing_alive(); }
  void TearDown() override { expect_nothing_alive(); }

  static void expect_nothing_alive() {
    for (std::int32_t kind = 0; kind < CLN_OBJECT_KIND_COUNT; ++kind) {
      std::int64_t objects = -1, bytes = -1;
      EXPECT_EQ(cln_debug_get_live(kind, &objects, &bytes), CLN_OK);
      EXPECT_EQ(objects, 0) << "objects of kind " << kind;
      EXPECT_EQ(bytes, 0) << "bytes of kind " << kind;
    }
  }
};

}  // namespace convlstm::test
