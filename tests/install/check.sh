# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The second of the README's two commands, on a bare machine, with a case of each
# kind; and the other tests' targets, each with the shortest that it has.
# shellcheck source=tests/lib/install.sh
. "$TOP/tests/lib/install.sh"

step "The tests"
ok "a case in a guest, one without, and one with a VM" makes check 'CASES="load sample vm-migrate"' V=1
contains "they ran" "$out" '^All tests successful'
there "useradd -m user && cp -r $checkout /home/user/checkout && chown -R user: /home/user"
ok "as an ordinary user" there "su user -c 'cd ~/checkout && make distclean && make check CASES=vm-migrate'"
contains "it ran" "$out" '^All tests successful'
ok "on another kernel" makes_cached check CASES=load KERNELS=5.10
contains "it ran" "$out" '^All tests successful'
ok "the packages" makes_cached check-packages SUITES="$SUITE" CASES=lint
contains "it ran" "$out" '^All tests successful'
ok "a driver outside the tree" makes_cached check-vendor KERNELS=5.10
contains "it ran" "$out" '^All tests successful'
