#!/usr/bin/env bash
# usage: consumer.sh BUILD_DIR SOURCE_TREE
#
# Installs the library, moves it elsewhere, and builds and runs tests/consumer against it: once found
# by CMake, once by pkg-config. The program checks its own exact resume.
set -euo pipefail

build=$(readlink -f "$1")
source_tree=$(readlink -f "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake --install "$build" --prefix "$work/first" >"$work/install.log"
mv "$work/first" "$work/installed"
cp -r "$source_tree/tests/consumer" "$work/program"
config=$source_tree/configs/phantom_small.toml

echo "== found by CMake"
cmake -S "$work/program" -B "$work/build" -G Ninja -DCMAKE_PREFIX_PATH="$work/installed" \
  -DCMAKE_BUILD_TYPE=Release >"$work/configure.log" || { cat "$work/configure.log"; exit 1; }
cmake --build "$work/build"
"$work/build/barcoded_graft" "$config" "$work/graft.ckpt"

echo "== found by pkg-config"
PKG_CONFIG_PATH=$(dirname "$(find "$work/installed" -name neurograft.pc)")
export PKG_CONFIG_PATH
read -ra compile <<<"$(pkg-config --cflags neurograft)"
read -ra link <<<"$(pkg-config --libs neurograft)"
c++ -O2 "${compile[@]}" "$work"/program/*.cpp "${link[@]}" -o "$work/by_pkg_config"
"$work/by_pkg_config" "$config" "$work/graft.ckpt" >/dev/null
echo "ran"
