/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A site is described by dsfit.conf and the catalogues that it includes. An administrator who
 * makes a slip needs its file and line, and a slip must never half change a site.
 *
 *     describe()   says which sections and keys there are, and which callback reads a value
 *         |
 *     dsfit_conf_read()   libconfuse parses; callbacks check each value where it stands
 *         |
 *     take_site()  copies what was read into a new struct dsfit_site, in this order:
 *         |            policy -> GPUs, families, models -> defaults -> nodes -> partitions ->
 *         |            QOS and associations
 *         |        because nodes refer to GPUs and partitions inherit the policy
 *     dsfit_site_warn()   only for "dsfit check"
 *
 * Anything wrong ends in NULL and one line; the half-made site is freed.
 */
#include "core/site/load.h"

#include <confuse.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/array.h"
#include "core/base/hosts.h"
#include "core/base/size.h"
#include "core/base/word.h"
#include "core/formats/conf.h"
#include "core/formats/conf_values.h"
#include "core/model/hub_index.h"
#include "core/site/accounting.h"
#include "core/site/card_name.h"
#include "core/site/catalogue.h"
#include "core/site/catalogue_gpus.h"
#include "core/site/estimate.h"
#include "core/site/on_demand.h"
#include "core/site/warnings.h"
#include "core/training/settings.h"

static int read_mode(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	return dsfit_read_word(cfg, opt, value, result, dsfit_mode_names);
}

static int read_unheeded(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	return dsfit_read_word(cfg, opt, value, result, dsfit_unheeded_names);
}

static int read_network_rule(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	return dsfit_read_word(cfg, opt, value, result, dsfit_network_rule_names);
}

static int read_change(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	return dsfit_read_word(cfg, opt, value, result, dsfit_change_names);
}

/* Read a share of a step: below 1, because a step cannot be nothing but waiting. */
static int read_share(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	struct dsfit_error why;

	return dsfit_parse_decimal(value, 0, 0.99, result, &why) ? dsfit_reject(cfg, opt, &why) : 0;
}

static int read_budget(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	struct dsfit_error why;
	uint64_t budget;

	if (dsfit_parse_number(value, 1, DSFIT_CONTROLLER_BUDGET_MAX, &budget, &why))
		return dsfit_reject(cfg, opt, &why);
	*(long *)result = (long)budget;
	return 0;
}

/* Check a key of the section `defaults`: it is a setting of a training. */
static int check_default(cfg_t *cfg, cfg_opt_t *opt)
{
	struct dsfit_training scratch;
	struct dsfit_error why;

	dsfit_training_defaults(&scratch);
	return dsfit_training_set(&scratch, opt->name, cfg_opt_getstr(opt), &why) ?
		       dsfit_reject(cfg, opt, &why) : 0;
}

/* Check an entry of may-override or exempt. libconfuse calls this after each entry, with the list
 * so far. */
static int check_entry(cfg_t *cfg, cfg_opt_t *opt)
{
	unsigned count = cfg_opt_size(opt);
	enum dsfit_whose whose;
	struct dsfit_error why;
	const char *name;

	if (!count || !dsfit_policy_entry(cfg_opt_getnstr(opt, count - 1), &whose, &name, &why))
		return 0;
	return dsfit_reject(cfg, opt, &why);
}

/* What stands under a refusal: it goes to terminals and logs as it is. */
static int check_help(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *text = cfg_opt_size(opt) ? cfg_opt_getstr(opt) : NULL;
	struct dsfit_error why;

	if (!text || (strlen(text) < DSFIT_HELP_URL_MAX && dsfit_is_printable(text)))
		return 0;
	dsfit_fail(&why, "%.40s...: must be at most %d printable ASCII characters", text,
		   DSFIT_HELP_URL_MAX - 1);
	return dsfit_reject(cfg, opt, &why);
}

/* The keys of a policy, for the site and for each partition. They have no default, because an
 * absent key of a partition leaves the site's value. */
#define POLICY_KEYS                                                          \
	CFG_INT_CB("mode", 0, CFGF_NODEFAULT, read_mode),                    \
	CFG_INT_LIST_CB("may-change", NULL, CFGF_NODEFAULT, read_change),    \
	CFG_BOOL("refuse-tight", cfg_false, CFGF_NODEFAULT),                 \
	CFG_INT_CB("max-gpus", 0, CFGF_NODEFAULT, dsfit_read_number),        \
	CFG_INT_CB("max-nodes", 0, CFGF_NODEFAULT, dsfit_read_number),       \
	CFG_INT_CB("undeclared", 0, CFGF_NODEFAULT, read_unheeded),          \
	CFG_INT_CB("undeclared-from-gpus", 0, CFGF_NODEFAULT, dsfit_read_number), \
	CFG_INT_CB("inferred", 0, CFGF_NODEFAULT, read_mode),                \
	CFG_BOOL("inferred-declares", cfg_false, CFGF_NODEFAULT),            \
	CFG_INT_CB("unknown-gpu", 0, CFGF_NODEFAULT, read_unheeded),         \
	CFG_INT_CB("network", 0, CFGF_NODEFAULT, read_network_rule),         \
	CFG_STR("help-url", NULL, CFGF_NODEFAULT),                           \
	CFG_STR_LIST("may-override", NULL, CFGF_NODEFAULT),                  \
	CFG_STR_LIST("exempt", NULL, CFGF_NODEFAULT)

static const char *const default_keys[] = {
	"zero", "offload", "method", "batch", "seq", "precision", "optimizer", "checkpointing",
	"attention", "engine", "loss", "eval-batch", "zero-init", "transformers", "torch",
	"deepspeed", NULL,
};

static const cfg_opt_t node_keys[] = {
	CFG_INT_CB("count", 1, CFGF_NONE, dsfit_read_nodes),
	CFG_STR_LIST("names", NULL, CFGF_NONE),
	CFG_STR("gpu", NULL, CFGF_NONE),
	CFG_STR("gres-type", NULL, CFGF_NONE),
	CFG_INT_CB("gpus", 0, CFGF_NONE, dsfit_read_devices),
	CFG_INT_CB("cpus", 0, CFGF_NONE, dsfit_read_devices),
	CFG_INT_CB("memory", 0, CFGF_NONE, dsfit_read_bytes),
	CFG_INT_CB("scratch", 0, CFGF_NONE, dsfit_read_bytes),
	CFG_INT_CB("network", 0, CFGF_NONE, dsfit_read_rate),
	CFG_STR_LIST("features", NULL, CFGF_NONE),
	CFG_STR_LIST("partitions", NULL, CFGF_NONE),
	CFG_FLOAT_CB("price", -1, CFGF_NONE, dsfit_read_amount),
	CFG_END(),
};

/* The memory of jobs that ask for none, for the site and for each partition. */
#define DEFAULT_MEMORY_KEYS                                                  \
	CFG_INT_CB("default-mem-per-node", 0, CFGF_NONE, dsfit_read_bytes),  \
	CFG_INT_CB("default-mem-per-gpu", 0, CFGF_NONE, dsfit_read_bytes),   \
	CFG_INT_CB("default-mem-per-cpu", 0, CFGF_NONE, dsfit_read_bytes)

static const cfg_opt_t partition_keys[] = {
	CFG_BOOL("default", cfg_false, CFGF_NONE),
	CFG_BOOL("preemptible", cfg_false, CFGF_NONE),
	CFG_BOOL("only-named", cfg_false, CFGF_NONE),
	CFG_STR("qos", "", CFGF_NONE),
	DEFAULT_MEMORY_KEYS,
	POLICY_KEYS,
	CFG_END(),
};

/* The keys of the section `defaults` are strings, which dsfit_training_set() reads. */
static void describe_defaults(cfg_opt_t keys[DSFIT_ARRAY_SIZE(default_keys)])
{
	size_t n = 0;

	for (; default_keys[n]; n++)
		keys[n] = (cfg_opt_t)CFG_STR(default_keys[n], NULL, CFGF_NONE);
	keys[n] = (cfg_opt_t)CFG_END();
}

/* Set the checks that libconfuse calls after it has read a value or a section. */
static void set_checks(cfg_t *cfg)
{
	char name[64];

	for (int i = 0; default_keys[i]; i++) {
		snprintf(name, sizeof(name), "defaults|%s", default_keys[i]);
		cfg_set_validate_func(cfg, name, check_default);
	}
	cfg_set_validate_func(cfg, "estimate", dsfit_estimate_check);
	cfg_set_validate_func(cfg, "help-url", check_help);
	cfg_set_validate_func(cfg, "partition|help-url", check_help);
	cfg_set_validate_func(cfg, "may-override", check_entry);
	cfg_set_validate_func(cfg, "exempt", check_entry);
	cfg_set_validate_func(cfg, "partition|may-override", check_entry);
	cfg_set_validate_func(cfg, "partition|exempt", check_entry);
}

/* libconfuse copies the tables into what dsfit_conf_init() returns, and changes none of them. */
#define KEYS(table) ((cfg_opt_t *)(table))

static cfg_t *describe(void)
{
	cfg_opt_t family[DSFIT_SECTION_KEYS], model[DSFIT_SECTION_KEYS];
	cfg_opt_t layer[DSFIT_SECTION_KEYS];
	cfg_opt_t estimate[DSFIT_ESTIMATE_KEYS], defaults[DSFIT_ARRAY_SIZE(default_keys)];
	cfg_opt_t site[] = {
		CFG_FUNC("include", dsfit_conf_include),
		CFG_FUNC("architectures", dsfit_conf_name_file),
		CFG_STR("architectures-file", NULL, CFGF_NONE),
		CFG_FUNC("hub", dsfit_conf_take_file),
		CFG_STR("hub-text", NULL, CFGF_NONE),
		CFG_STR("hub-file", NULL, CFGF_NONE),
		/* The catalogue grows, and a site may have described a card before it did, or know
		 * better: its section replaces the one before. */
		CFG_SEC("gpu", KEYS(dsfit_gpu_keys), CFGF_MULTI | CFGF_TITLE),
		CFG_SEC("mig", KEYS(dsfit_mig_keys), CFGF_MULTI | CFGF_TITLE),
		/* models.conf includes families.conf. A site may include it too, or have a section
		 * of its own for a family, so the same title may come twice. */
		CFG_SEC("family", family, CFGF_MULTI | CFGF_TITLE),
		CFG_SEC("model", model, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
		CFG_SEC("nodes", KEYS(node_keys), CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
		CFG_SEC("partition", KEYS(partition_keys),
			CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
		CFG_SEC("qos", KEYS(dsfit_qos_keys),
			CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
		CFG_SEC("association", KEYS(dsfit_association_keys),
			CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
		CFG_SEC("defaults", defaults, CFGF_NONE),
		CFG_SEC("estimate", estimate, CFGF_NONE),
		DEFAULT_MEMORY_KEYS,
		CFG_INT_CB("storage", 0, CFGF_NONE, dsfit_read_bytes),
		CFG_FLOAT_CB("network-wait", 0, CFGF_NODEFAULT, read_share),
		CFG_FLOAT_CB("production-wait", 0.2, CFGF_NONE, read_share),
		CFG_INT_CB("controller-budget", 30000, CFGF_NONE, read_budget),
		POLICY_KEYS,
		CFG_END(),
	};
	cfg_t *cfg;

	dsfit_families_describe(family, layer);
	dsfit_models_describe(model);
	dsfit_estimate_describe(estimate);
	describe_defaults(defaults);
	cfg = dsfit_conf_init(site);
	if (cfg)
		set_checks(cfg);
	return errno == ENOMEM ? NULL : cfg;
}

/* Take the names of the nodes, and their number: a count beside them must agree. */
static int take_hosts(cfg_t *section, struct dsfit_node_class *class, struct dsfit_error *err)
{
	uint64_t count = 0, more;
	char what[256];

	if (dsfit_copy_names(section, "names", &class->hosts))
		return -1;
	class->count = dsfit_quantity(section, "count");
	for (size_t i = 0; i < class->hosts.count; i++) {
		if (!dsfit_hosts_count(class->hosts.name[i], &more)) {
			snprintf(what, sizeof(what), "names = %.100s: must be names of nodes as "
				 "Slurm writes them: a100-[0-3]", class->hosts.name[i]);
			return dsfit_fail_section(section, err, what);
		}
		count = dsfit_add(count, more);
	}
	if (!count)
		return 0;
	if (cfg_getopt(section, "count")->flags & CFGF_MODIFIED && count != class->count) {
		snprintf(what, sizeof(what), "names are %llu nodes, but count is %llu",
			 (unsigned long long)count, (unsigned long long)class->count);
		return dsfit_fail_section(section, err, what);
	}
	if (count > DSFIT_NODES_MAX)
		return dsfit_fail_section(section, err, "names are more than 1000000 nodes");
	class->count = count;
	return 0;
}

static int take_class(cfg_t *section, const struct dsfit_site *site,
		      struct dsfit_node_class *class, struct dsfit_error *err)
{
	const char *gpu = cfg_getstr(section, "gpu");
	const char *type = cfg_getstr(section, "gres-type");
	char what[128];

	if (!gpu)
		return dsfit_fail_section(section, err, "gpu is missing");
	if (dsfit_copy_name(section, class->name, cfg_title(section), err) ||
	    dsfit_copy_name(section, class->gres_type, type ? type : gpu, err) ||
	    dsfit_copy_names(section, "features", &class->features) ||
	    dsfit_copy_names(section, "partitions", &class->partitions) ||
	    take_hosts(section, class, err))
		return -1;
	class->gpu = dsfit_site_gpu(site, gpu);
	if (!class->gpu) {
		snprintf(what, sizeof(what), "gpu = %.63s: no gpu section describes it", gpu);
		return dsfit_fail_section(section, err, what);
	}
	class->gpus = dsfit_quantity(section, "gpus");
	class->cpus = dsfit_quantity(section, "cpus");
	class->memory = dsfit_quantity(section, "memory");
	class->scratch = dsfit_quantity(section, "scratch");
	class->network = dsfit_quantity(section, "network");
	class->price = cfg_getfloat(section, "price");
	if (class->price < 0 && class->gpu->price >= 0) {
		class->price = class->gpu->price * (double)class->gpus;
		class->guides_price = class->gpu->guides_price;
	}
	if (!class->gpus)
		return dsfit_fail_section(section, err, "gpus is missing");
	return 0;
}

/* Take a list of users. If the section has the list, even an empty one, it replaces the inherited
 * one. */
static int take_people(cfg_t *cfg, const char *key, struct dsfit_names *people)
{
	if (!cfg_size(cfg, key) && !(cfg_getopt(cfg, key)->flags & CFGF_MODIFIED))
		return 0;
	dsfit_names_free(people);
	return dsfit_copy_names(cfg, key, people);
}

static int take_policy(cfg_t *cfg, struct dsfit_policy *policy)
{
	if (cfg_size(cfg, "mode"))
		policy->mode = (enum dsfit_mode)cfg_getint(cfg, "mode");
	if (cfg_opt_size(cfg_getopt(cfg, "may-change")) ||
	    (cfg_getopt(cfg, "may-change")->flags & CFGF_MODIFIED)) {
		policy->may_change = 0;
		for (unsigned i = 0; i < cfg_size(cfg, "may-change"); i++)
			policy->may_change |= 1u << cfg_getnint(cfg, "may-change", i);
	}
	if (cfg_size(cfg, "refuse-tight"))
		policy->refuse_tight = cfg_getbool(cfg, "refuse-tight");
	if (cfg_size(cfg, "max-gpus"))
		policy->max_gpus = dsfit_quantity(cfg, "max-gpus");
	if (cfg_size(cfg, "max-nodes"))
		policy->max_nodes = dsfit_quantity(cfg, "max-nodes");
	if (cfg_size(cfg, "undeclared"))
		policy->undeclared = (enum dsfit_unheeded)cfg_getint(cfg, "undeclared");
	if (cfg_size(cfg, "undeclared-from-gpus"))
		policy->undeclared_from_gpus = dsfit_quantity(cfg, "undeclared-from-gpus");
	if (cfg_size(cfg, "inferred"))
		policy->inferred = (enum dsfit_mode)cfg_getint(cfg, "inferred");
	if (cfg_size(cfg, "inferred-declares"))
		policy->inferred_declares = cfg_getbool(cfg, "inferred-declares");
	if (cfg_size(cfg, "unknown-gpu"))
		policy->unknown_gpu = (enum dsfit_unheeded)cfg_getint(cfg, "unknown-gpu");
	if (cfg_size(cfg, "network"))
		policy->network = (enum dsfit_network_rule)cfg_getint(cfg, "network");
	if (cfg_size(cfg, "help-url") && cfg_getstr(cfg, "help-url"))
		snprintf(policy->help_url, sizeof(policy->help_url), "%s",
			 cfg_getstr(cfg, "help-url"));
	return take_people(cfg, "may-override", &policy->may_override) ||
	       take_people(cfg, "exempt", &policy->exempt) ? -1 : 0;
}

static int inherit(const struct dsfit_names *from, struct dsfit_names *to)
{
	for (size_t i = 0; i < from->count; i++)
		if (dsfit_names_add(to, from->name[i]))
			return -1;
	return 0;
}

static struct dsfit_default_memory read_default_memory(cfg_t *section)
{
	return (struct dsfit_default_memory){
		.per_node = dsfit_quantity(section, "default-mem-per-node"),
		.per_gpu = dsfit_quantity(section, "default-mem-per-gpu"),
		.per_cpu = dsfit_quantity(section, "default-mem-per-cpu"),
	};
}

/*
 * A job in a partition gets, as slurmctld has it (22.05, 24.11 and 26.05 alike): the partition's
 * DefMemPerGPU, else the cluster's, else the partition's DefMemPerNode or DefMemPerCPU, else the
 * cluster's. So the cluster's DefMemPerGPU overrules the partition's DefMemPerNode.
 */
static void take_default_memory(cfg_t *section, struct dsfit_site *site,
				struct dsfit_partition *partition)
{
	struct dsfit_default_memory own = read_default_memory(section);

	partition->default_memory = site->default_memory;
	if (!own.per_gpu && !own.per_cpu && !own.per_node)
		return;
	if (!own.per_gpu)
		own.per_gpu = site->default_memory.per_gpu;
	partition->default_memory = own;
	site->partitions_differ_in_memory = true;
}

static int take_partition(cfg_t *section, const struct dsfit_policy *policy,
			  struct dsfit_partition *partition, struct dsfit_error *err)
{
	partition->policy = *policy;
	partition->policy.may_override = partition->policy.exempt = (struct dsfit_names){ 0 };
	if (inherit(&policy->may_override, &partition->policy.may_override) ||
	    inherit(&policy->exempt, &partition->policy.exempt) ||
	    dsfit_copy_title(section, partition->name, err) ||
	    dsfit_copy_name(section, partition->qos, cfg_getstr(section, "qos"), err))
		return -1;
	partition->is_default = cfg_getbool(section, "default");
	partition->preemptible = cfg_getbool(section, "preemptible");
	partition->only_named = cfg_getbool(section, "only-named");
	return take_policy(section, &partition->policy);
}

static int take_defaults(cfg_t *section, struct dsfit_training *defaults,
			 struct dsfit_error *err)
{
	for (int i = 0; default_keys[i]; i++) {
		const char *value = cfg_getstr(section, default_keys[i]);

		if (value && dsfit_training_set(defaults, default_keys[i], value, err))
			return -1;
	}
	return 0;
}

/* Copy a text that may be absent. */
static int take_text(cfg_t *cfg, const char *key, char **out)
{
	const char *text = cfg_getstr(cfg, key);

	*out = text ? strdup(text) : NULL;
	return text && !*out ? -1 : 0;
}

static int take_catalogues(cfg_t *cfg, struct dsfit_site *site, struct dsfit_error *err)
{
	if (!site->on_demand && dsfit_gpus_take(cfg, site, err))
		return -1;
	if (!site->on_demand && dsfit_families_take(cfg, &site->families, err))
		return -1;
	if (!site->on_demand && dsfit_models_take(cfg, &site->families, &site->models, err))
		return -1;
	if (take_text(cfg, "architectures-file", &site->models.architectures) ||
	    take_text(cfg, "hub-text", &site->models.hub))
		return -1;
	if (site->models.hub)
		site->models.hub_index = dsfit_hub_index_make(site->models.hub);
	return site->models.hub && !site->models.hub_index ? -1 : 0;
}

static int take_site(cfg_t *cfg, struct dsfit_site *site, struct dsfit_error *err)
{
	unsigned classes = cfg_size(cfg, "nodes"), partitions = cfg_size(cfg, "partition");

	site->policy = (struct dsfit_policy){
		.mode = DSFIT_MODE_ADVISE,
		.may_change = DSFIT_CHANGE_ALL,
		.max_gpus = UINT64_MAX,
		.max_nodes = UINT64_MAX,
		.undeclared = DSFIT_ACCEPT,
		.undeclared_from_gpus = 1,
		.inferred = DSFIT_MODE_ADVISE,
		.unknown_gpu = DSFIT_WARN,
		.network = DSFIT_NETWORK_FLOOR,
	};
	dsfit_training_defaults(&site->defaults);
	site->storage = dsfit_quantity(cfg, "storage");
	dsfit_estimate_defaults(&site->estimate);
	dsfit_estimate_take(cfg_getsec(cfg, "estimate"), &site->estimate);
	if (cfg_size(cfg, "network-wait"))
		site->estimate.network_wait = cfg_getfloat(cfg, "network-wait");
	site->production_wait = cfg_getfloat(cfg, "production-wait");
	site->controller_budget = dsfit_quantity(cfg, "controller-budget");
	site->default_memory = read_default_memory(cfg);
	site->classes = calloc(classes + 1, sizeof(*site->classes));
	site->partitions = calloc(partitions + 1, sizeof(*site->partitions));
	if (!site->classes || !site->partitions || take_policy(cfg, &site->policy) ||
	    take_catalogues(cfg, site, err) ||
	    take_defaults(cfg_getsec(cfg, "defaults"), &site->defaults, err))
		return -1;
	for (unsigned i = 0; i < classes; i++)
		if (take_class(cfg_getnsec(cfg, "nodes", i), site,
			       &site->classes[site->class_count++], err))
			return -1;
	for (unsigned i = 0; i < partitions; i++)
		if (take_partition(cfg_getnsec(cfg, "partition", i), &site->policy,
				   &site->partitions[site->partition_count++], err))
			return -1;
	for (unsigned i = 0; i < partitions; i++)
		take_default_memory(cfg_getnsec(cfg, "partition", i), site, &site->partitions[i]);
	site->memory_is_whole = !site->partitions_differ_in_memory &&
				!site->default_memory.per_gpu && !site->default_memory.per_cpu &&
				!site->default_memory.per_node;
	return dsfit_accounting_take(cfg, site, err) || dsfit_site_sort(site) ? -1 : 0;
}

static struct dsfit_site *load(const char *path, struct dsfit_conf_files *files, bool warn,
			       struct dsfit_error *err)
{
	struct dsfit_error first = { "" };
	struct dsfit_site *site = calloc(1, sizeof(*site));
	cfg_t *cfg = describe();

	if (site && warn)
		files->warnings = &site->warnings;
	if (!site || !cfg || dsfit_conf_read(cfg, path, files, &first) ||
	    take_site(cfg, site, &first)) {
		dsfit_fail(err, "%s", first.text[0] ? first.text : "out of memory");
		dsfit_site_free(site);
		site = NULL;
	}
	if (site && warn)
		dsfit_site_warn(cfg, site);
	dsfit_conf_free(cfg);
	return site;
}

/* Returns NULL if the site has to be read whole, if only to learn what is wrong with it. */
static struct dsfit_site *load_on_demand(const char *path, const struct dsfit_trusted *trusted)
{
	struct dsfit_site *site = calloc(1, sizeof(*site));
	struct dsfit_on_demand *demand = dsfit_on_demand_new();
	struct dsfit_conf_files files = { .trusted = trusted };
	struct dsfit_error ignored;
	cfg_t *cfg = describe();

	if (demand)
		files.sections = dsfit_on_demand_sections(demand);
	if (site && demand && cfg && !dsfit_conf_read(cfg, path, &files, &ignored) &&
	    !dsfit_on_demand_begin(demand, cfg, trusted, site)) {
		if (!take_site(cfg, site, &ignored) && !site->trouble->text[0])
			return site;
	} else {
		dsfit_conf_free(cfg);
		dsfit_on_demand_free(demand);
	}
	dsfit_site_free(site);
	return NULL;
}

struct dsfit_site *dsfit_site_load_on_demand(const char *path,
					     const struct dsfit_trusted *trusted,
					     struct dsfit_error *err)
{
	struct dsfit_site *site = load_on_demand(path, trusted);
	struct dsfit_conf_files files = { .trusted = trusted };

	return site ? site : load(path, &files, false, err);
}

struct dsfit_site *dsfit_site_load(const char *path, struct dsfit_error *err)
{
	struct dsfit_conf_files files = { NULL };

	return load(path, &files, false, err);
}

struct dsfit_site *dsfit_site_load_keeping(const char *path, const struct dsfit_trusted *trusted,
					   struct dsfit_names *paths,
					   struct dsfit_kept_files *texts, struct dsfit_error *err)
{
	struct dsfit_conf_files files = { .paths = paths, .keep = texts, .trusted = trusted };

	return load(path, &files, false, err);
}

struct dsfit_site *dsfit_site_load_kept(const struct dsfit_kept_files *texts,
					struct dsfit_error *err)
{
	struct dsfit_conf_files files = { .from = texts };

	if (texts->count)
		return load(texts->file[0].path, &files, false, err);
	dsfit_fail(err, "no files are kept");
	return NULL;
}

struct dsfit_site *dsfit_site_load_warning(const char *path, const struct dsfit_trusted *trusted,
					   struct dsfit_error *err)
{
	struct dsfit_conf_files files = { .trusted = trusted };

	return load(path, &files, true, err);
}
