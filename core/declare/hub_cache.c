/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cache of huggingface_hub:
 *
 *     models--Qwen--Qwen3-4B/refs/main                        a commit, as text
 *     models--Qwen--Qwen3-4B/snapshots/COMMIT/config.json     a link to a file in blobs/
 */
#include "core/declare/hub_cache.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/file.h"

/* ---- where it is ---------------------------------------------------------------------------- */

typedef char *(*get_variable)(const char *name);

/* Append so many characters, if they fit. */
static bool append(char *out, size_t size, const char *text, size_t length)
{
	size_t end = strlen(out);

	if (length >= size - end)
		return false;
	memcpy(out + end, text, length);
	out[end + length] = '\0';
	return true;
}

/* Append the variable that $NAME or ${NAME} at *at means. Without such a variable the text stays as
 * it is, as Python's os.path.expandvars() does. */
static bool append_variable(get_variable get, const char **at, char *out, size_t size)
{
	bool braces = (*at)[1] == '{';
	const char *name = *at + 1 + braces, *value = NULL;
	size_t length = 0;
	char text[64];

	while (isalnum((unsigned char)name[length]) || name[length] == '_')
		length++;
	if (length && length < sizeof(text) && (!braces || name[length] == '}')) {
		snprintf(text, sizeof(text), "%.*s", (int)length, name);
		value = get(text);
	}
	if (!value)
		return append(out, size, (*at)++, 1);
	*at = name + length + braces;
	return append(out, size, value, strlen(value));
}

/* "~" at the start, and variables. */
static bool expand(get_variable get, const char *text, char *out, size_t size)
{
	const char *home = get("HOME");

	*out = '\0';
	if (*text == '~' && (!text[1] || text[1] == '/') && home) {
		if (!append(out, size, home, strlen(home)))
			return false;
		text++;
	}
	while (*text)
		if (!(*text == '$' ? append_variable(get, &text, out, size) :
				     append(out, size, text++, 1)))
			return false;
	return true;
}

void dsfit_hub_cache_folder(get_variable get, char out[DSFIT_HUB_CACHE_MAX])
{
	static const struct {
		const char *variable, *below;
	} places[] = {
		{ "HF_HUB_CACHE", "" }, { "HUGGINGFACE_HUB_CACHE", "" }, { "HF_HOME", "/hub" },
		{ "XDG_CACHE_HOME", "/huggingface/hub" }, { "HOME", "/.cache/huggingface/hub" },
	};

	*out = '\0';
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const char *value = get(places[i].variable);

		if (!value || !*value)
			continue;
		if (!expand(get, value, out, DSFIT_HUB_CACHE_MAX) ||
		    !append(out, DSFIT_HUB_CACHE_MAX, places[i].below, strlen(places[i].below)))
			*out = '\0';
		return;
	}
}

/* ---- what is in it -------------------------------------------------------------------------- */

/* The commit in refs/main. A name with a slash would lead out of the folder. */
static bool read_commit(const char *file, char out[64])
{
	size_t length;
	char *text = dsfit_file_read(file, &length, NULL);
	bool good = false;

	if (!text)
		return false;
	text[strcspn(text, " \r\n")] = '\0';
	length = strlen(text);
	good = length && length < 64 && strspn(text, "0123456789abcdefABCDEF") == length;
	if (good)
		memcpy(out, text, length + 1);
	free(text);
	return good;
}

bool dsfit_hub_cache_find(const char *folder, const char *id, char out[DSFIT_SNAPSHOT_MAX])
{
	const char *slash = strchr(id, '/');
	int owner = slash ? (int)(slash - id) : 0, length;
	char commit[64], file[DSFIT_SNAPSHOT_MAX];

	if (!*folder || strlen(id) > 255 || (slash && strchr(slash + 1, '/')) || *id == '.')
		return false;
	length = snprintf(out, DSFIT_SNAPSHOT_MAX, "%s/models--%.*s%s%s", folder, owner, id,
			  slash ? "--" : "", slash ? slash + 1 : id);
	snprintf(file, sizeof(file), "%s/refs/main", out);
	if (!read_commit(file, commit))
		return false;
	snprintf(out + length, (size_t)(DSFIT_SNAPSHOT_MAX - length), "/snapshots/%s", commit);
	snprintf(file, sizeof(file), "%s/config.json", out);
	return !dsfit_is_nowhere(file);
}
