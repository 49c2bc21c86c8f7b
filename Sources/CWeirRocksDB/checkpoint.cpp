#include "CWeirRocksDB.h"

#include <rocksdb/c.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>

#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>
#include <vector>

using rocksdb::DB;
using rocksdb::Env;
using rocksdb::Status;

// RocksDB's c.cc defines it so, and c.h keeps it opaque.
struct rocksdb_t {
  DB *rep;
};

namespace {

bool isTable(const std::string &name) {
  const std::string end = ".sst";
  return name.size() > end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0;
}

bool hasPrefix(const std::string &name, const std::string &prefix) {
  return name.compare(0, prefix.size(), prefix) == 0;
}

// Nothing is synchronised: the copy lies in a scratch directory, and whoever stores its files does.

/// Copies the first bytes of a file; all of them if there are fewer.
Status copy(Env *env, const std::string &from, const std::string &to, uint64_t most) {
  std::string bytes;
  Status status = rocksdb::ReadFileToString(env, from, &bytes);
  if (!status.ok()) return status;
  if (bytes.size() > most) bytes.resize(most);
  return rocksdb::WriteStringToFile(env, bytes, to, false);
}

Status bring(DB *db, const std::vector<std::string> &files, uint64_t manifest_size,
             const std::string &target) {
  Env *env = db->GetEnv();
  for (const std::string &file : files) {
    const std::string name = hasPrefix(file, "/") ? file.substr(1) : file;
    const std::string from = db->GetName() + "/" + name;
    const std::string to = target + "/" + name;
    Status status;
    if (isTable(name)) {
      status = env->LinkFile(from, to);
    } else if (hasPrefix(name, "MANIFEST-")) {
      // What is behind was written after the list was made.
      status = copy(env, from, to, manifest_size);
      if (status.ok()) {
        // The database may have begun another one meanwhile.
        status = rocksdb::WriteStringToFile(env, name + "\n", target + "/CURRENT", false);
      }
    } else if (name != "CURRENT") {
      status = copy(env, from, to, UINT64_MAX);
    }
    if (!status.ok()) return status;
  }
  return Status::OK();
}

void removeAll(Env *env, const std::string &directory) {
  std::vector<std::string> names;
  if (env->GetChildren(directory, &names).ok()) {
    for (const std::string &name : names) {
      if (name != "." && name != "..") env->DeleteFile(directory + "/" + name).PermitUncheckedError();
    }
  }
  env->DeleteDir(directory).PermitUncheckedError();
}

Status checkpoint(DB *db, const std::string &target) {
  Env *env = db->GetEnv();
  if (env->FileExists(target).ok()) return Status::InvalidArgument("Directory exists", target);
  Status status = env->CreateDir(target);
  if (!status.ok()) return status;
  status = db->DisableFileDeletions();
  if (status.ok()) {
    std::vector<std::string> files;
    uint64_t manifest_size = 0;
    status = db->GetLiveFiles(files, &manifest_size, true);
    if (status.ok()) status = bring(db, files, manifest_size, target);
    // Others may have disabled them, too: only this call's part is taken back.
    const Status enabled = db->EnableFileDeletions(false);
    if (status.ok()) status = enabled;
  }
  if (!status.ok()) removeAll(env, target);
  return status;
}

}  // namespace

char *weir_rocksdb_checkpoint(void *database, const char *target) {
  try {
    const Status status = checkpoint(static_cast<rocksdb_t *>(database)->rep, target);
    return status.ok() ? nullptr : strdup(status.ToString().c_str());
  } catch (const std::exception &failure) {
    // Whoever calls is no C++.
    return strdup(failure.what());
  }
}
