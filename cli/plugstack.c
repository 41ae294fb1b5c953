/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way from Slurm's configuration to the plugin's file, as Slurm goes it:
 *
 *     slurm.conf      $SLURM_CONF, /etc/slurm, or where slurmd keeps that of a configless cluster
 *         |           PlugStackConfig and PluginDir; files that it includes are not looked at
 *         v
 *     plugstack.conf  beside it, if PlugStackConfig does not say otherwise
 *         |           "required|optional PLUGIN ...", "include PATTERN"
 *         v
 *     PLUGIN          a path, or a name in one of the folders of PluginDir
 */
#include "cli/plugstack.h"

#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define PLUGIN "spank_dsfit.so"
#define INCLUDES_MAX 8

struct slurm {
	char conf[PATH_MAX], plugstack[PATH_MAX], plugin_dir[PATH_MAX];
	int depth;			/* of includes */
	const char *words;		/* that the plugin needs to be told */
};

/* Put `name` in the folder of `file`, unless it is an absolute path. */
static void beside(const char *file, const char *name, char path[PATH_MAX])
{
	const char *slash = strrchr(file, '/');

	if (*name == '/' || !slash)
		snprintf(path, PATH_MAX, "%s", name);
	else if (snprintf(path, PATH_MAX, "%.*s/%s", (int)(slash - file), file, name) >= PATH_MAX)
		*path = '\0';
}

static FILE *open_slurm_conf(struct slurm *slurm)
{
	const char *files[] = { getenv("SLURM_CONF"), "/etc/slurm/slurm.conf",
				"/run/slurm/conf/slurm.conf" };
	size_t count = files[0] && *files[0] ? 1 : 3;
	FILE *in = NULL;

	for (size_t i = count == 1 ? 0 : 1; i < count && !in; i++) {
		snprintf(slurm->conf, sizeof(slurm->conf), "%s", files[i]);
		in = fopen(slurm->conf, "re");
	}
	return in;
}

/* Returns whether there is a slurm.conf. */
static bool read_slurm_conf(struct slurm *slurm)
{
	char *line = NULL, key[32], value[PATH_MAX];
	FILE *in = open_slurm_conf(slurm);
	size_t size = 0;

	if (!in)
		return false;
	beside(slurm->conf, "plugstack.conf", slurm->plugstack);
	snprintf(slurm->plugin_dir, sizeof(slurm->plugin_dir), "%s", DSFIT_PLUGIN_DIR);
	while (getline(&line, &size, in) >= 0) {
		if (sscanf(line, " %31[A-Za-z] = %4095[^ \t\r\n#]", key, value) != 2)
			continue;
		if (!strcasecmp(key, "PlugStackConfig"))
			snprintf(slurm->plugstack, sizeof(slurm->plugstack), "%s", value);
		else if (!strcasecmp(key, "PluginDir"))
			snprintf(slurm->plugin_dir, sizeof(slurm->plugin_dir), "%s", value);
	}
	free(line);
	fclose(in);
	return true;
}

/* Whether Slurm does not find the plugin of this path or name. */
static bool is_missing(const struct slurm *slurm, const char *plugin)
{
	char dirs[PATH_MAX], path[2 * PATH_MAX], *rest = dirs, *dir;

	if (*plugin == '/')
		return access(plugin, R_OK) && (errno == ENOENT || errno == ENOTDIR);
	strcpy(dirs, slurm->plugin_dir);
	while ((dir = strsep(&rest, ":"))) {
		snprintf(path, sizeof(path), "%s/%s", dir, plugin);
		if (!access(path, F_OK))
			return false;
	}
	return true;
}

static bool is_ours(const char *plugin)
{
	const char *slash = strrchr(plugin, '/');

	return !strcmp(slash ? slash + 1 : plugin, PLUGIN);
}

/* Whether a word of that length is in a list with commas. */
static bool has_word(const char *list, const char *word, size_t length)
{
	while (*list) {
		size_t here = strcspn(list, ",");

		if (here == length && !strncmp(list, word, length))
			return true;
		list += here + (list[here] == ',');
	}
	return false;
}

/* Whether the line tells the plugin all the words. */
static bool has_words(const char *line, const char *words)
{
	const char *argument = strstr(line, " words=");
	char told[1024] = "";
	size_t length;

	if (argument)
		sscanf(argument, " words=%1023[^ \t\r\n]", told);
	for (; *words; words += length + (words[length] == ',')) {
		length = strcspn(words, ",");
		if (!has_word(told, words, length))
			return false;
	}
	return true;
}

static void look_at(struct slurm *slurm, const char *file);

static void include(struct slurm *slurm, const char *file, const char *pattern)
{
	char path[PATH_MAX];
	glob_t found;

	beside(file, pattern, path);
	if (slurm->depth == INCLUDES_MAX || glob(path, 0, NULL, &found))
		return;
	slurm->depth++;
	for (size_t i = 0; i < found.gl_pathc; i++)
		look_at(slurm, found.gl_pathv[i]);
	slurm->depth--;
	globfree(&found);
}

/* Of a line with dsfit's plugin, which Slurm needs or not. */
static void warn_of_line(const struct slurm *slurm, const char *file, int number, const char *line,
			 const char *plugin, bool required)
{
	if (is_missing(slurm, plugin) && required)
		fprintf(stderr, "warning: %s:%d: %s is missing and required: this host cannot "
			"submit jobs, and Slurm drains it if it is a node\n", file, number,
			plugin);
	else if (is_missing(slurm, plugin))
		fprintf(stderr, "warning: %s:%d: %s is missing: this host has no --ds- options\n",
			file, number, plugin);
	else if (!has_words(line, slurm->words))
		fprintf(stderr, "warning: %s:%d: sbatch looks at no script for the programs that "
			"launchers.conf adds: append words=%s\n", file, number, slurm->words);
}

static void look_at(struct slurm *slurm, const char *file)
{
	char *line = NULL, word[16], plugin[PATH_MAX];
	FILE *in = fopen(file, "re");
	size_t size = 0;

	if (!in)
		return;
	for (int number = 1; getline(&line, &size, in) >= 0; number++) {
		if (sscanf(line, " %15[a-z] %4095[^ \t\r\n]", word, plugin) != 2)
			continue;
		if (!strcmp(word, "include"))
			include(slurm, file, plugin);
		else if (is_ours(plugin))
			warn_of_line(slurm, file, number, line, plugin,
				     !strcmp(word, "required"));
	}
	free(line);
	fclose(in);
}

void cli_warn_plugstack(const char *words)
{
	struct slurm slurm = { .words = words };

	if (read_slurm_conf(&slurm))
		look_at(&slurm, slurm.plugstack);
}
