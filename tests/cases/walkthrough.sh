# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The whole walk-through, with 64 KiB through each port in the VM.
# guest: nested=yes programs=tree timeout=900
vm_script=/lib/tests/vm/both-ports.sh
# shellcheck source=tests/lib/walkthrough.sh
. /lib/tests/walkthrough.sh

step "What came back of the 64 KiB"
contains "all of it from ttyS1" "$vm" '^ttyS1 returned all 65536 bytes'
contains "all of it from ttyS2" "$vm" '^ttyS2 returned all 65536 bytes'
