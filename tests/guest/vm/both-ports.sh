# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# In the VM: what the walk-through does, and 64 KiB through each port.
# shellcheck source=tests/guest/vm/walkthrough.sh
. /lib/tests/vm/walkthrough.sh
send_random ttyS1 64
send_random ttyS2 64
