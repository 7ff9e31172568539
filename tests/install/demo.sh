# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The first of the README's two commands, on a bare machine.
# shellcheck source=tests/lib/install.sh
. "$TOP/tests/lib/install.sh"

step "The demo"
ok "it passes" makes demo
contains "it has come to its end" "$out" 'It works\.'
contains "a VM had the serial card" "$out" 'ttyS1 says: first port'
contains "a VM had the T4" "$out" '10de:1eb8'
