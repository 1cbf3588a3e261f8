#!/usr/bin/env bash
# Packs what a machine with a GPU may lack into .carry/, which git ignores: GoogleTest's sources, the .NET runtime with
# the managed tests and the command-line tool, and digits to train on. Runs where those are; README.md says how they go.
set -euo pipefail
cd "$(dirname "$0")/../.."

digits=""
while [[ $# -gt 0 ]]; do
  case "$1" in
    --digits) digits="${2:?--digits: expected an IDX file of digits, such as t10k-images-idx3-ubyte.gz}"; shift 2 ;;
    *) echo "carry.sh: expected --digits FILE, got $1" >&2; exit 2 ;;
  esac
done

carry=.carry
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$carry"

pack() {  # pack NAME FOLDER [MEMBER...]: under a temporary name first
  local name=$1 folder=$2
  shift 2
  tar --sort=name --mtime=@0 --owner=0 --group=0 -C "$folder" -cf - "${@:-.}" | xz -T0 -6 >"$carry/$name.new"
  mv "$carry/$name.new" "$carry/$name"
}

if [[ -d /usr/src/googletest ]]; then
  pack googletest.tar.xz /usr/src googletest
else
  echo "carry.sh: no /usr/src/googletest (Debian's package googletest): the tests need GoogleTest there" >&2
fi

if dotnet=$(command -v dotnet); then
  root=$(dirname "$(readlink -f "$dotnet")")
  version=$(dotnet --list-runtimes | sed -n 's/^Microsoft.NETCore.App \(10\.[0-9.]*\) .*/\1/p' | tail -n 1)
  publish() { dotnet publish "$1" --configuration Release --nologo --verbosity quiet --output "$work/managed/$2" \
    -p:RunsItself=true -p:ArtifactsPath="$work/artifacts"; }
  publish managed/ConvLstmNative.Cli/ConvLstmNative.Cli.csproj cli
  publish tests/managed/ConvLstmNative.Tests/ConvLstmNative.Tests.csproj tests
  # The native library is built where it runs; other systems' libraries and the measuring of coverage stay here.
  find "$work/managed" -path '*/runtimes/*' -prune -name '[!.]*' ! -name "linux-$(uname -m | sed 's/x86_64/x64/;s/aarch64/arm64/')" \
    -exec rm -rf {} +
  find "$work/managed" \( -name 'libconvlstm_native*' -o -name '*.pdb' -o -name '*.resources.dll' \) -delete
  rm -rf "$work"/managed/*/Microsoft.CodeCoverage
  mkdir -p "$work/managed/dotnet/shared/Microsoft.NETCore.App"
  cp "$root/dotnet" "$work/managed/dotnet/"
  cp -r "$root/host" "$work/managed/dotnet/"
  cp -r "$root/shared/Microsoft.NETCore.App/$version" "$work/managed/dotnet/shared/Microsoft.NETCore.App/"
  pack managed.tar.xz "$work/managed"
else
  echo "carry.sh: no dotnet: the stages managed and train cannot run there" >&2
fi

if [[ -n "$digits" ]]; then
  cp "$digits" "$carry/digits.new"
  mv "$carry/digits.new" "$carry/$(basename "$digits")"
fi
du -h "$carry"/*
