# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The kernel's own core and mtty, which has more ports than usual.
# guest: icount=yes memory=1G timeout=1800 samples=mtty samples_of=bench
# shellcheck source=tests/lib/bench.sh
. /lib/tests/bench.sh

with_peer
bench
