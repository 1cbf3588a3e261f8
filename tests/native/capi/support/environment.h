#pragma once

#include <cstdlib>
#include <string>

namespace convlstm::test {

// An environment variable for as long as this lives.
class Environment {
 public:
  Environment(const char* name, const char* value)
      : name_(name), had_(std::getenv(name) != nullptr), before_(had_ ? std::getenv(name) : "") {
    setenv(name, value, 1);
  }
  ~Environment() {
    if (had_)
      setenv(name_.c_str(), before_.c_str(), 1);
    else
      unsetenv(name_.c_str());
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  std::string name_;
  bool had_;
  std::string before_;
};

}  // namespace convlstm::test
