# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Words for the scripts that a VM inside the guest runs; its first process
# sources this before the script. "run COMMAND" prints a command and what it
# says.

# open_port PORT: for reading and writing as fd 7, as a terminal emulation
# program with flow control off does
open_port() {
	run "stty -F /dev/$1 raw -echo clocal -crtscts 115200"
	exec 7<>"/dev/$1"
}

# talk PORT TEXT: send a line, and say what comes back
talk() {
	open_port "$1"
	echo "# echo '$2' > /dev/$1; read line < /dev/$1"
	echo "$2" >&7
	# shellcheck disable=SC3045 # busybox has it
	if read -r -t 20 line <&7; then
		echo "$1 says: $line"
	else
		echo "$1 says nothing"
	fi
	exec 7>&-
}

# send_random PORT KIB: send random bytes while reading, compare checksums
send_random() {
	bytes=$(($2 * 1024))
	since=$(cut -d. -f1 /proc/uptime)

	open_port "$1"
	head -c $bytes /dev/urandom >"/tmp/$1.sent"
	echo "# head -c $bytes < /dev/$1 > got & cat sent > /dev/$1"
	timeout 300 head -c $bytes <&7 >"/tmp/$1.got" &
	timeout 300 cat "/tmp/$1.sent" >&7
	wait $!
	exec 7>&-
	run "sha256sum /tmp/$1.sent /tmp/$1.got"
	if cmp -s "/tmp/$1.sent" "/tmp/$1.got"; then
		echo "$1 returned all $bytes bytes in $(($(cut -d. -f1 /proc/uptime) - since)) s"
	else
		echo "$1 returned $(wc -c <"/tmp/$1.got") of $bytes bytes," \
			"the first wrong one: $(cmp "/tmp/$1.sent" "/tmp/$1.got" 2>&1)"
	fi
}
