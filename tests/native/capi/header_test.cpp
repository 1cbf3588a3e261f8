#include <cmath>

#include "simple_use.h"
#include "support/fixture.h"

namespace convlstm::test {
namespace {

class Header : public CapiTest {};

TEST_F(Header, SimpleUse_FromC_RunsAndGivesASignal) {
  float least = 0, greatest = 0;
  EXPECT_EQ(simple_use(&least, &greatest), 0) << cln_last_error_message();
  EXPECT_LT(least, greatest);
}

TEST_F(Header, Versions_OfTheLoadedLibrary_AreThoseOfTheHeader) {
  EXPECT_EQ(cln_abi_version(), static_cast<std::uint32_t>(CLN_ABI_VERSION));
  EXPECT_STREQ(cln_version(), "0.1.0");
}

TEST_F(Header, StatusName_OfEveryValue_IsItsOwn) {
  EXPECT_STREQ(cln_status_name(CLN_OK), "CLN_OK");
  EXPECT_STREQ(cln_status_name(CLN_BUSY), "CLN_BUSY");
  EXPECT_STREQ(cln_status_name(CLN_INTERNAL_ERROR), "CLN_INTERNAL_ERROR");
  for (const cln_status unknown : {1, -13, INT32_MIN, INT32_MAX})
    EXPECT_STREQ(cln_status_name(unknown), "CLN_UNKNOWN");
}

}  // namespace
}  // namespace convlstm::test
