// SPDX-License-Identifier: GPL-2.0-only
/*
 * mdev_sim: what is written to files in configfs, and what they show.
 *
 * Touches nothing but its arguments. Texts end with a NUL byte and mostly with a
 * newline.
 */
#include <linux/bits.h>
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "sim.h"

#define MAX_IO_BAR	256ULL
#define MAX_MEM32_BAR	BIT_ULL(30)
#define MAX_MEM64_BAR	BIT_ULL(34)

/**
 * sim_parse_number() - decimal, hexadecimal or octal, as in C
 * @text:	what was written
 * @min:	the least
 * @max:	the most
 * @number:	the result
 *
 * Context: any.
 * Return: 0; -EINVAL if it is not a number; -ERANGE if it is not allowed.
 */
int sim_parse_number(const char *text, u64 min, u64 max, u64 *number)
{
	int ret = kstrtou64(text, 0, number);

	if (ret)
		return ret;
	return *number < min || *number > max ? -ERANGE : 0;
}

/**
 * sim_parse_size() - a number of bytes, with K, M or G or without
 * @text:	what was written
 * @max:	the most
 * @size:	the result
 *
 * Context: any.
 * Return: 0; -EINVAL if it is not a number; -ERANGE if it is too large.
 */
int sim_parse_size(const char *text, u64 max, u64 *size)
{
	static const char units[] = "KMG";
	char digits[24];
	size_t len = strcspn(text, "\n");
	const char *unit;
	u64 number;
	int shift = 0;

	if (!len || len >= sizeof(digits))
		return -EINVAL;
	memcpy(digits, text, len);
	unit = strchr(units, toupper(digits[len - 1]));
	if (unit && *unit) {
		shift = 10 * (unit - units + 1);
		len--;
	}
	digits[len] = 0;
	if (kstrtou64(digits, 0, &number))
		return -EINVAL;
	if (number > max >> shift)
		return -ERANGE;
	*size = number << shift;
	return 0;
}

static bool sim_parse_is_word(const char *word, size_t len,
			      const char *special)
{
	size_t i;

	/* strchr() finds a NUL byte, too */
	for (i = 0; i < len; i++)
		if (!word[i] || !isascii(word[i]) ||
		    (!isalnum(word[i]) && !strchr(special, word[i])))
			return false;
	return len;
}

/**
 * sim_parse_word() - letters, digits and some other characters
 * @text:	what was written
 * @count:	how much of it
 * @special:	the other characters
 * @max:	how many bytes at most
 * @word:	the result, room for one more
 *
 * Context: any.
 * Return: 0; -EINVAL if it is something else; -ERANGE if it is too long.
 */
int sim_parse_word(const char *text, size_t count, const char *special,
		   size_t max, char *word)
{
	size_t len = count && text[count - 1] == '\n' ? count - 1 : count;

	if (!sim_parse_is_word(text, len, special))
		return -EINVAL;
	if (len > max)
		return -ERANGE;
	memcpy(word, text, len);
	word[len] = 0;
	return 0;
}

/**
 * sim_parse_text() - printable, in UTF-8, of any number of lines
 * @text:	what was written
 * @count:	how much of it
 * @max:	how many bytes at most
 * @result:	the result, room for one more
 *
 * Context: any.
 * Return: 0; -EINVAL if there are control characters; -ERANGE if it is too long.
 */
int sim_parse_text(const char *text, size_t count, size_t max, char *result)
{
	size_t i, len = count && text[count - 1] == '\n' ? count - 1 : count;

	if (len > max)
		return -ERANGE;
	for (i = 0; i < len; i++)
		if (isascii(text[i]) && iscntrl(text[i]) && text[i] != '\n' &&
		    text[i] != '\t')
			return -EINVAL;
	memcpy(result, text, len);
	result[len] = 0;
	return 0;
}

/**
 * sim_parse_is_name() - can a card or type be called so?
 * @name:	the name
 * @max:	how many bytes at most
 *
 * Context: any.
 * Return: true if so.
 */
bool sim_parse_is_name(const char *name, size_t max)
{
	size_t len = strlen(name);

	return *name != '.' && len <= max &&
	       sim_parse_is_word(name, len, "._:-+");
}

/* @least and @most of the kind of BAR that @bar is. */
static int sim_parse_bar_kind(char *kind, struct sim_bar_settings *bar,
			      u64 *least, u64 *most)
{
	*least = max_t(u64, SZ_4K, PAGE_SIZE);
	if (!strcmp(kind, "io")) {
		bar->io = true;
		*least = 4;
		*most = MAX_IO_BAR;
	} else if (!strcmp(kind, "mem32")) {
		*most = MAX_MEM32_BAR;
	} else if (!strcmp(kind, "mem64")) {
		bar->mem64 = true;
		*most = MAX_MEM64_BAR;
	} else {
		return -EINVAL;
	}
	return 0;
}

/**
 * sim_parse_bar() - "none", or "SIZE io|mem32|mem64 [prefetch]"
 * @text:	what was written
 * @bar:	the result
 *
 * Context: any.
 * Return: 0; -EINVAL if it is something else; -ERANGE if there is no such size.
 */
int sim_parse_bar(const char *text, struct sim_bar_settings *bar)
{
	struct sim_bar_settings result = {};
	char *word, *next, copy[64];
	u64 least, most;
	int ret;

	if (strscpy(copy, text, sizeof(copy)) < 0)
		return -EINVAL;
	next = strim(copy);
	word = strsep(&next, " ");
	if (!strcmp(word, "none") && !next) {
		*bar = result;
		return 0;
	}
	ret = sim_parse_size(word, MAX_MEM64_BAR, &result.size);
	if (ret || !next)
		return ret ? ret : -EINVAL;
	ret = sim_parse_bar_kind(strsep(&next, " "), &result, &least, &most);
	if (ret)
		return ret;
	if (next) {
		if (result.io || strcmp(next, "prefetch"))
			return -EINVAL;
		result.prefetch = true;
	}
	if (result.size < least || result.size > most ||
	    !is_power_of_2(result.size))
		return -ERANGE;
	*bar = result;
	return 0;
}

/**
 * sim_parse_show_bar() - as sim_parse_bar() takes it
 * @bar:	the BAR
 * @buf:	a page
 *
 * Context: any.
 * Return: how many bytes.
 */
int sim_parse_show_bar(const struct sim_bar_settings *bar, char *buf)
{
	static const char *const units[] = { "", "K", "M", "G" };
	u64 size = bar->size;
	int unit = 0;

	if (!size)
		return sprintf(buf, "none\n");
	while (unit < 3 && !(size & 1023)) {
		size >>= 10;
		unit++;
	}
	return sprintf(buf, "%llu%s %s%s\n", size, units[unit],
		       bar->io ? "io" : bar->mem64 ? "mem64" : "mem32",
		       bar->prefetch ? " prefetch" : "");
}

static bool sim_parse_is_display_size(u32 pixels)
{
	return pixels >= SIM_MIN_DISPLAY && pixels <= SIM_MAX_DISPLAY;
}

/**
 * sim_parse_display() - "0", or "WIDTHxHEIGHT"
 * @text:	what was written
 * @display:	the result
 *
 * Context: any.
 * Return: 0; -EINVAL if it is something else; -ERANGE if there is no such size.
 */
int sim_parse_display(const char *text, struct sim_display_settings *display)
{
	struct sim_display_settings result = {};
	char *word, *next, copy[64];
	int ret;

	if (strscpy(copy, text, sizeof(copy)) < 0)
		return -EINVAL;
	next = strim(copy);
	word = strsep(&next, "x");
	ret = kstrtou32(word, 10, &result.width);
	if (!ret && next)
		ret = kstrtou32(next, 10, &result.height);
	if (ret || (!next && result.width))
		return ret ? ret : -EINVAL;
	if (next && (!sim_parse_is_display_size(result.width) ||
		     !sim_parse_is_display_size(result.height)))
		return -ERANGE;
	*display = result;
	return 0;
}

/**
 * sim_parse_show_display() - as sim_parse_display() takes it
 * @display:	the display
 * @buf:	a page
 *
 * Context: any.
 * Return: how many bytes.
 */
int sim_parse_show_display(const struct sim_display_settings *display,
			   char *buf)
{
	if (!display->width)
		return sprintf(buf, "0\n");
	return sprintf(buf, "%ux%u\n", display->width, display->height);
}

#define ERRNO(name) { #name, name }

static const struct {
	const char *name;
	u32 number;
} errnos[] = {
	ERRNO(EPERM), ERRNO(ENOENT), ERRNO(EINTR), ERRNO(EIO), ERRNO(ENXIO),
	ERRNO(E2BIG), ERRNO(EBADF), ERRNO(EAGAIN), ERRNO(ENOMEM),
	ERRNO(EACCES), ERRNO(EFAULT), ERRNO(EBUSY), ERRNO(EEXIST),
	ERRNO(ENODEV), ERRNO(EINVAL), ERRNO(ENFILE), ERRNO(EMFILE),
	ERRNO(ENOTTY), ERRNO(ETXTBSY), ERRNO(EFBIG), ERRNO(ENOSPC),
	ERRNO(EROFS), ERRNO(EPIPE), ERRNO(EDOM), ERRNO(ERANGE),
	ERRNO(EDEADLK), ERRNO(ENODATA), ERRNO(ETIME),
	ERRNO(EPROTO), ERRNO(EBADMSG), ERRNO(EOVERFLOW), ERRNO(EUSERS),
	ERRNO(EOPNOTSUPP), ERRNO(ECONNRESET), ERRNO(ENOBUFS),
	ERRNO(ESHUTDOWN), ERRNO(ETIMEDOUT), ERRNO(EALREADY),
	ERRNO(EINPROGRESS), ERRNO(EREMOTEIO), ERRNO(EDQUOT),
	ERRNO(ECANCELED), ERRNO(EHWPOISON),
};

static int sim_parse_errno(const char *word, u32 *error)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(errnos); i++) {
		if (strcmp(word, errnos[i].name))
			continue;
		*error = errnos[i].number;
		return 0;
	}
	return kstrtou32(word, 0, error);
}

/**
 * sim_parse_fault() - "0", or "ERRNO [N]"
 * @text:	what was written
 * @fault:	the result
 *
 * Context: any.
 * Return: 0; -EINVAL if it is something else; -ERANGE if there is no such errno.
 */
int sim_parse_fault(const char *text, struct sim_fault *fault)
{
	struct sim_fault result = {};
	char *word, *next, copy[64];
	int ret;

	if (strscpy(copy, text, sizeof(copy)) < 0)
		return -EINVAL;
	next = strim(copy);
	word = strsep(&next, " ");
	ret = sim_parse_errno(word, &result.error);
	if (ret)
		return ret;
	if (next) {
		ret = kstrtou32(next, 0, &result.nth);
		if (ret || !result.nth || !result.error)
			return ret ? ret : -EINVAL;
	}
	if (result.error > SIM_MAX_ERRNO)
		return -ERANGE;
	*fault = result;
	return 0;
}

/**
 * sim_parse_show_fault() - as sim_parse_fault() takes it
 * @fault:	the fault
 * @buf:	a page
 *
 * Context: any.
 * Return: how many bytes.
 */
int sim_parse_show_fault(const struct sim_fault *fault, char *buf)
{
	int len = 0;
	size_t i;

	if (!fault->error)
		return sprintf(buf, "0\n");
	for (i = 0; i < ARRAY_SIZE(errnos); i++)
		if (errnos[i].number == fault->error)
			len = sprintf(buf, "%s", errnos[i].name);
	if (!len)
		len = sprintf(buf, "%u", fault->error);
	if (fault->nth)
		len += sprintf(buf + len, " %u", fault->nth);
	return len + sprintf(buf + len, "\n");
}
