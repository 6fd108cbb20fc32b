#pragma once

/// Marks what a shared library lets its users see; all else is hidden. Everything marked belongs to
/// the headers that `neurograft.hpp` brings, which are all that is installed.
#define NEUROGRAFT_API __attribute__((visibility("default")))
