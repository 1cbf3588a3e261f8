#include <cstdio>
#include <set>
#include <string>

#include "support/fixture.h"
#include "support/header.h"

namespace convlstm::test {
namespace {

std::set<std::string> exported_symbols() {
  std::set<std::string> out;
  FILE* const pipe = popen(CLN_NM " -D --defined-only " CLN_LIBRARY, "r");
  if (pipe == nullptr) return out;
  char address[64], type[8], name[512];
  while (std::fscanf(pipe, "%63s %7s %511s", address, type, name) == 3) out.insert(name);
  pclose(pipe);
  return out;
}

TEST(Exports, OfTheLibrary_AreTheFunctionsOfTheHeaderAndNothingElse) {
  std::set<std::string> declared;
  for (const DeclaredFunction& function : declared_functions()) declared.insert(function.name);
  EXPECT_GT(declared.size(), 50u);
  EXPECT_EQ(exported_symbols(), declared);
}

}  // namespace
}  // namespace convlstm::test
