/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "dsfit check" reads the configuration. It prints warnings about settings that are valid but
 * probably a mistake, and about a plugin that Slurm would not find, and counts what the
 * configuration holds. */
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/plugstack.h"
#include "core/site/load.h"

#include <error.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>

#include <json-c/json.h>

#include "core/decide/rules.h"

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

int cli_check(int argc, char **argv)
{
	const struct argp_child children[] = { { &cli_common_argp, 0, NULL, 0 }, { 0 } };
	const struct argp argp = {
		.children = children,
		.doc = "Check the configuration. Exit status 0: it is valid; 2: it is not, and "
		       "the message names the file and line. Settings that are valid but "
		       "probably a mistake give a warning.",
	};
	struct cli_common common = { 0 };
	struct dsfit_error err;
	struct dsfit_site *site;
	const char *conf;
	char path[PATH_MAX];

	cli_parse(&argp, argc, argv, &common);
	conf = cli_conf(&common, path);
	site = dsfit_site_load_warning(conf, &err);
	if (!site)
		error(CLI_USAGE, 0, "%s", err.text);
	warn(conf, site);
	cli_warn_plugstack();
	if (common.json) {
		struct json_object *o = json_object_new_object();

		json_object_object_add(o, "sound", json_object_new_boolean(1));
		json_object_object_add(o, "gpus", json_object_new_int64((int64_t)site->gpu_count));
		json_object_object_add(o, "models",
				       json_object_new_int64((int64_t)site->models.count));
		json_object_object_add(o, "nodes",
				       json_object_new_int64((int64_t)site->class_count));
		json_object_object_add(o, "partitions",
				       json_object_new_int64((int64_t)site->partition_count));
		puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY));
		json_object_put(o);
	} else {
		printf("valid: %zu GPU%s, %zu model%s, %zu node class%s, %zu partition%s\n",
		       site->gpu_count, site->gpu_count == 1 ? "" : "s",
		       site->models.count, site->models.count == 1 ? "" : "s",
		       site->class_count, site->class_count == 1 ? "" : "es",
		       site->partition_count, site->partition_count == 1 ? "" : "s");
	}
	dsfit_site_free(site);
	return 0;
}
