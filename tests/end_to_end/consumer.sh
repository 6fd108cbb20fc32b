#!/usr/bin/env bash
# usage: consumer.sh BUILD_DIR SOURCE_TREE
#
# Installs the library, moves it elsewhere, and builds and runs tests/consumer against it: once found
# by CMake and once by pkg-config, static and shared. The program checks its own exact resume, and all
# four must end in the same state. The shared library must show its API, and nothing else.
set -euo pipefail

build=$(readlink -f "$1")
source_tree=$(readlink -f "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake --install "$build" --prefix "$work/first" >"$work/install.log"
mv "$work/first" "$work/installed"
cp -r "$source_tree/tests/consumer" "$work/program"
config=$source_tree/configs/phantom_small.toml
shared=$(find "$work/installed" -name libneurograft.so)
libraries=(neurograft::neurograft)
packages=(neurograft-static)
if [[ -n $shared ]]; then
  libraries+=(neurograft::shared)
  packages+=(neurograft)
fi

run() {  # program
  LD_LIBRARY_PATH=${shared%/*} "$1" "$config" "$work/graft.ckpt" >"$work/output"
  if [[ -e $work/expected ]]; then
    cmp "$work/output" "$work/expected"
  else
    cat "$work/output"
    cp "$work/output" "$work/expected"
  fi
}

for library in "${libraries[@]}"; do
  echo "== $library, found by CMake"
  cmake -S "$work/program" -B "$work/$library" -G Ninja -DCMAKE_PREFIX_PATH="$work/installed" \
    -DCMAKE_BUILD_TYPE=Release -DNEUROGRAFT="$library" >"$work/configure.log" ||
    { cat "$work/configure.log"; exit 1; }
  cmake --build "$work/$library"
  run "$work/$library/barcoded_graft"
done

if [[ -n $shared ]]; then
  echo "== neurograft::shared where nothing of what it links is installed for developers"
  sed 's/find_package(neurograft CONFIG REQUIRED/& COMPONENTS ${PART}/' "$work/program/CMakeLists.txt" \
    >"$work/parts" && mv "$work/parts" "$work/program/CMakeLists.txt"
  bare=(-S "$work/program" -G Ninja -DCMAKE_PREFIX_PATH="$work/installed" -DNEUROGRAFT=neurograft::shared
    -DCMAKE_DISABLE_FIND_PACKAGE_fmt=ON -DCMAKE_DISABLE_FIND_PACKAGE_tomlplusplus=ON)
  for part in "" shared; do  # all that can be had, and this one
    cmake "${bare[@]}" -B "$work/bare$part" -DPART="$part" >"$work/configure.log" 2>&1 ||
      { cat "$work/configure.log"; exit 1; }
  done
  if cmake "${bare[@]}" -B "$work/bare-static" -DPART=static >"$work/configure.log" 2>&1; then
    echo "the static library was found without fmt" >&2
    exit 1
  fi
  tr -s ' \n' '  ' <"$work/configure.log" | grep -qF 'was not found: fmt::fmt, tomlplusplus::tomlplusplus'
fi

PKG_CONFIG_PATH=$(dirname "$(find "$work/installed" -name neurograft.pc)")
export PKG_CONFIG_PATH
for package in "${packages[@]}"; do
  echo "== $package, found by pkg-config"
  read -ra compile <<<"$(pkg-config --cflags "$package")"
  read -ra link <<<"$(pkg-config --libs "$package")"
  c++ -O2 "${compile[@]}" "$work"/program/*.cpp "${link[@]}" -o "$work/by_$package"
  run "$work/by_$package"
done

if [[ -n $shared ]]; then
  echo "== what the shared library shows"
  nm -DC --defined-only "$shared" | cut -d' ' -f3- >"$work/symbols"
  # The standard library, Boost's exceptions and OpenMP's locks are always shown.
  sed -E 's/^(typeinfo|typeinfo name|vtable|guard variable|non-virtual thunk|construction vtable) (for|to) //' \
    "$work/symbols" | grep -v -E '^(\w+[*&]? (const )?)*(neurograft|std|__gnu_cxx)::|^boost::(exception|wrapexcept)|^\.gomp_critical' \
    >"$work/foreign" || true
  grep -E 'neurograft::(Hdf5File|RecordStore|Tissue::|Lifecycle|Walkers|report_page)' "$work/symbols" \
    >>"$work/foreign" || true
  if [[ -s $work/foreign ]]; then
    echo "these symbols should be hidden:" >&2
    head -20 "$work/foreign" >&2
    exit 1
  fi
  ldd "$work/by_neurograft" >"$work/linked"
  grep -q libneurograft.so "$work/linked"
  echo "$(grep -c neurograft:: "$work/symbols") symbols"
fi

package=$(find "$work/installed" -path '*/neurograft/__init__.py')
if [[ -n $package ]]; then
  echo "== the Python package"
  cd "$work"
  PYTHONPATH=$(dirname "$(dirname "$package")") /usr/bin/python3 -c '
import neurograft
assert neurograft.__file__.startswith("'"$work"'"), neurograft.__file__
print(neurograft.__version__, len(neurograft.parameters()), "parameters")'
fi
