/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "dsfit check" reads the configuration. It prints warnings about settings that are valid but
 * probably a mistake, and about a plugin that Slurm would not find, and counts what the
 * configuration holds. With --live it compares it with the live cluster, as "dsfit discover" would
 * find it now. */
#include "cli/ask_slurm.h"
#include "cli/cluster.h"
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/live.h"
#include "cli/node_classes.h"
#include "cli/output.h"
#include "cli/plugstack.h"
#include "core/base/file.h"
#include "core/decide/rules.h"
#include "core/formats/json_write.h"
#include "core/model/architecture.h"
#include "core/model/hub_models.h"
#include "core/script/launchers_conf.h"
#include "core/script/launchers_words.h"
#include "core/site/load.h"

#include <error.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

/* Warn of users and groups that this host does not have. A name in `said`, the site's own list, has
 * had its warning already. */
static void warn_people(const char *path, const char *key, const struct dsfit_names *names,
			 const struct dsfit_names *said)
{
	for (size_t i = 0; i < names->count; i++) {
		enum dsfit_whose whose;
		const char *name;

		if ((said && dsfit_names_have(said, names->name[i])) ||
		    dsfit_policy_entry(names->name[i], &whose, &name, NULL))
			continue;
		if (whose == DSFIT_WHOSE_USER && !getpwnam(name))
			fprintf(stderr, "warning: %s: %s = %s: no such user on this host\n", path,
				key, name);
		if (whose == DSFIT_WHOSE_GROUP && !getgrnam(name))
			fprintf(stderr, "warning: %s: %s = @%s: no such group on this host\n", path,
				key, name);
	}
}

/* Print all warnings to stderr. stdout keeps the result alone, as text or as JSON. */
static void warn(const char *path, const struct dsfit_site *site)
{
	const struct dsfit_policy *own = &site->policy;
	const char *lacking = dsfit_site_lacks(site);

	if (lacking)
		fprintf(stderr, "warning: %s: %s\n", path, lacking);
	for (size_t i = 0; i < site->warnings.count; i++)
		fprintf(stderr, "warning: %s\n", site->warnings.name[i]);
	warn_people(path, "may-override", &own->may_override, NULL);
	warn_people(path, "exempt", &own->exempt, NULL);
	for (size_t i = 0; i < site->partition_count; i++) {
		const struct dsfit_policy *policy = &site->partitions[i].policy;

		warn_people(path, "may-override", &policy->may_override, &own->may_override);
		warn_people(path, "exempt", &policy->exempt, &own->exempt);
	}
}

/* The models that are known by name: of models.conf, and of hub.conf, which has been checked. */
static size_t count_models(const struct dsfit_site *site)
{
	size_t count = site->models.count;
	struct dsfit_model model;
	const char *at = NULL;

	while (dsfit_hub_next(&site->models, &at, NULL, &model, NULL) > 0)
		count++;
	return count;
}

static void put_text(const struct dsfit_site *site)
{
	size_t cards = site->gpu_count - site->slice_count, models = count_models(site);

	printf("valid: %zu GPU%s, %zu model%s, %zu node class%s, %zu partition%s\n",
	       cards, cards == 1 ? "" : "s",
	       models, models == 1 ? "" : "s",
	       site->class_count, site->class_count == 1 ? "" : "es",
	       site->partition_count, site->partition_count == 1 ? "" : "s");
}

static void put_json(const struct dsfit_site *site)
{
	size_t cards = site->gpu_count - site->slice_count;
	struct json_object *o;

	dsfit_json_begin();
	o = json_object_new_object();
	dsfit_json_add(o, "sound", json_object_new_boolean(1));
	dsfit_json_add(o, "gpus", dsfit_json_whole(cards));
	dsfit_json_add(o, "models", dsfit_json_whole(count_models(site)));
	dsfit_json_add(o, "nodes", dsfit_json_whole(site->class_count));
	dsfit_json_add(o, "partitions", dsfit_json_whole(site->partition_count));
	cli_print_json(o, JSON_C_TO_STRING_PRETTY);
}

/* --- --live --------------------------------------------------------------------------------- */

static void put_live_text(const struct cluster *cluster, const struct live *live)
{
	live_text(stdout, live);
	if (!live->count)
		printf("equal to the live cluster %s\n", cluster->name);
}

static void add_text(struct json_object *o, const char *key, const char *text)
{
	dsfit_json_add(o, key, text ? json_object_new_string(text) : NULL);
}

static void put_live_json(const struct cluster *cluster, const struct live *live)
{
	struct json_object *o, *all;

	dsfit_json_begin();
	o = json_object_new_object();
	all = json_object_new_array();
	for (size_t i = 0; i < live->count; i++) {
		struct json_object *one = json_object_new_object();

		add_text(one, "section", live->differences[i].section);
		add_text(one, "key", live->differences[i].key);
		add_text(one, "configured", live->differences[i].configured);
		add_text(one, "live", live->differences[i].live);
		dsfit_json_append(all, one);
	}
	add_text(o, "cluster", cluster->name);
	dsfit_json_add(o, "equal", json_object_new_boolean(!live->count));
	dsfit_json_add(o, "differences", all);
	cli_print_json(o, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
}

/* The file by which job scripts are read. A site without it reads none. Returns the words that
 * sbatch looks for because of it, for the caller to free. */
static char *check_launchers(const char *conf, const struct dsfit_trusted *trusted)
{
	char path[PATH_MAX], at_fault[PATH_MAX];
	struct dsfit_error err;
	struct dsfit_launchers *launchers;
	char *words;

	if (dsfit_is_nowhere(dsfit_launchers_path(conf, path, sizeof(path))))
		return strdup("");
	launchers = dsfit_launchers_load(path, NULL, &err);
	if (!launchers)
		error(CLI_USAGE, 0, "%s", err.text);
	words = dsfit_launchers_words(launchers);
	dsfit_launchers_free(launchers);
	/* What is wrong with the folder has been said of dsfit.conf. */
	if (dsfit_trust_check(path, trusted, at_fault, &err) && !dsfit_is_folder(at_fault))
		fprintf(stderr, "warning: %s\n", err.text);
	return words;
}

/* Whose files the plugins accept. The command does not ask Slurm who SlurmUser is, but takes the
 * user that it has by custom for him. */
static struct dsfit_trusted trust(void)
{
	const struct passwd *slurm = getpwnam("slurm");

	return (struct dsfit_trusted){
		.user = { 0, geteuid(), slurm ? slurm->pw_uid : 0 },
		.count = 3,
	};
}

/* What is compared, and how it is printed. */
struct check {
	const struct dsfit_site *site;
	bool json;
};

static int compare(void *context)
{
	const struct check *check = context;
	struct discovery found;
	struct cluster cluster;
	struct dsfit_error err;
	struct live live;
	int rc;

	if (cluster_load(&cluster, &err))
		error(CLI_USAGE, 0, "cannot ask Slurm: %s", err.text);
	discovery_make(check->site, &cluster, &found);
	live_compare(check->site, &found, &live);
	if (check->json)
		put_live_json(&cluster, &live);
	else
		put_live_text(&cluster, &live);
	rc = live.count ? CLI_MISFIT : CLI_FITS;
	live_free(&live);
	discovery_free(&found);
	cluster_free(&cluster);
	return rc;
}

/* --- the command ---------------------------------------------------------------------------- */

enum { KEY_LIVE = 0x200 };

static const struct argp_option options[] = {
	{ "live", KEY_LIVE, NULL, 0, "compare with the live cluster", 0 },
	{ 0 },
};

struct arguments {
	struct cli_common common;
	bool live;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	(void)arg;
	if (key == ARGP_KEY_INIT)
		state->child_inputs[0] = &a->common;
	else if (key == KEY_LIVE)
		a->live = true;
	else
		return ARGP_ERR_UNKNOWN;
	return 0;
}

int cli_check(int argc, char **argv)
{
	const struct argp_child children[] = { { &cli_common_argp, 0, NULL, 0 }, { 0 } };
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.children = children,
		.doc = "Check the configuration. Exit status 0: it is valid; 2: it is not, and "
		       "the message names the file and line. Settings that are valid but "
		       "probably a mistake give a warning. With --live 0: it is equal to the live "
		       "cluster; 1: it is not, and each difference is a line; 2: the "
		       "configuration is wrong, or the cluster does not answer.",
	};
	const struct dsfit_trusted trusted = trust();
	struct arguments a = { .live = false };
	struct dsfit_error err;
	struct dsfit_site *site;
	struct check check;
	const char *conf;
	char path[PATH_MAX], *words;
	int rc = CLI_FITS;

	cli_parse(&argp, argc, argv, &a);
	conf = cli_conf(&a.common, path);
	site = dsfit_site_load_warning(conf, &trusted, &err);
	if (!site || dsfit_hub_check(&site->models, &err) ||
	    (site->models.architectures &&
	     dsfit_architectures_check(site->models.architectures, &err)))
		error(CLI_USAGE, 0, "%s", err.text);
	words = check_launchers(conf, &trusted);
	warn(conf, site);
	cli_warn_plugstack(words ? words : "");
	free(words);
	check = (struct check){ site, a.common.json };
	if (a.live)
		rc = cli_ask_slurm(compare, &check);
	else if (a.common.json)
		put_json(site);
	else
		put_text(site);
	dsfit_site_free(site);
	return rc;
}
