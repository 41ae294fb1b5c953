/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/script/launchers.h"

#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "core/base/word.h"
#include "core/formats/conf.h"

const char *const dsfit_meaning_names[] = {
	"model", "model-perhaps", "layers", "hidden", "ffn", "zero", "fsdp", "offload-optimizer",
	"offload-param", "offload", "micro-batch", "global-batch", "batch", "accumulation",
	"sequence", "sequence-part", "sequence-or", "precision", "bf16", "fp16", "checkpointing",
	"no-checkpointing", "optimizer", "adapter", "lora", "bits", "four-bit", "prompt-tuning",
	"projector", "objective", "tensor", "pipeline", "trains", "predicts", "engine-file",
	"file", "folder", "gpus", "world", "serves", "sign", "other",
	NULL,
};

_Static_assert(sizeof(dsfit_meaning_names) / sizeof(*dsfit_meaning_names) == DSFIT_MEANINGS + 1,
	       "names");

/* ---- keys ----------------------------------------------------------------------------------- */

#define LIST(name) CFG_STR_LIST(name, NULL, CFGF_NONE)
/* libconfuse empties a section that comes a second time. */
#define ONCE (CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES)

cfg_t *dsfit_launchers_describe(void)
{
	cfg_opt_t launcher[] = {
		LIST("programs"), LIST("switches"), LIST("per-node"), LIST("total"),
		LIST("nodes"), LIST("hosts"), LIST("files"), CFG_END(),
	};
	cfg_opt_t trainer[] = {
		LIST("programs"), LIST("marks"), LIST("defaults"),
		CFG_BOOL("starts-all", cfg_false, CFGF_NONE),
		CFG_BOOL("spans-nodes", cfg_false, CFGF_NONE), CFG_END(),
	};
	cfg_opt_t meaning[] = { LIST("names"), CFG_END() };
	cfg_opt_t keys[] = {
		LIST("prefixes"), LIST("nothing"), LIST("nothing-anywhere"), LIST("training"),
		LIST("methods"),
		LIST("models"), LIST("other-models"), LIST("variables"),
		CFG_SEC("launcher", launcher, ONCE),
		CFG_SEC("trainer", trainer, ONCE),
		CFG_SEC("meaning", meaning, ONCE),
		CFG_FUNC("include", dsfit_conf_include), CFG_END(),
	};

	return cfg_init(keys, CFGF_NONE);
}

static cfg_t *read_conf(const char *path, struct dsfit_error *err)
{
	const struct dsfit_conf_files files = { 0 };
	cfg_t *cfg = dsfit_launchers_describe();

	if (!cfg) {
		dsfit_fail(err, "out of memory");
		return NULL;
	}
	if (dsfit_conf_read(cfg, path, &files, err)) {
		dsfit_conf_free(cfg);
		return NULL;
	}
	return cfg;
}

/* ---- values --------------------------------------------------------------------------------- */

static int take_list(cfg_t *section, const char *key, struct dsfit_names *names)
{
	for (unsigned i = 0; i < cfg_size(section, key); i++)
		if (dsfit_names_add(names, cfg_getnstr(section, key, i)))
			return -1;
	return 0;
}

static int take_launcher(cfg_t *section, struct dsfit_launcher *l)
{
	l->name = strdup(cfg_title(section));
	return !l->name || take_list(section, "programs", &l->programs) ||
	       take_list(section, "switches", &l->switches) ||
	       take_list(section, "per-node", &l->per_node) ||
	       take_list(section, "total", &l->total) || take_list(section, "nodes", &l->nodes) ||
	       take_list(section, "hosts", &l->hosts) || take_list(section, "files", &l->files) ?
	       -1 : 0;
}

static int take_trainer(cfg_t *section, struct dsfit_trainer *t)
{
	t->name = strdup(cfg_title(section));
	t->starts_all = cfg_getbool(section, "starts-all");
	t->spans_nodes = cfg_getbool(section, "spans-nodes");
	return !t->name || take_list(section, "programs", &t->programs) ||
	       take_list(section, "marks", &t->marks) ||
	       take_list(section, "defaults", &t->defaults) ? -1 : 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct dsfit_meaning_name *)a)->name,
		      ((const struct dsfit_meaning_name *)b)->name);
}

static int take_meanings(cfg_t *cfg, struct dsfit_launchers *l, struct dsfit_error *err)
{
	size_t count = 0;

	for (unsigned i = 0; i < cfg_size(cfg, "meaning"); i++)
		count += cfg_size(cfg_getnsec(cfg, "meaning", i), "names");
	l->name = calloc(count ? count : 1, sizeof(*l->name));
	if (!l->name)
		return dsfit_fail(err, "out of memory");
	for (unsigned i = 0; i < cfg_size(cfg, "meaning"); i++) {
		cfg_t *section = cfg_getnsec(cfg, "meaning", i);
		char word[64];
		int meaning;

		/* "micro-batch of ours": a site adds to what is there. */
		snprintf(word, sizeof(word), "%.*s", (int)strcspn(cfg_title(section), " "),
			 cfg_title(section));
		meaning = dsfit_parse_word(dsfit_meaning_names, word, err);
		if (meaning < 0)
			return -1;
		for (unsigned n = 0; n < cfg_size(section, "names"); n++) {
			l->name[l->names].meaning = (enum dsfit_meaning)meaning;
			l->name[l->names].name = strdup(cfg_getnstr(section, "names", n));
			if (!l->name[l->names++].name)
				return dsfit_fail(err, "out of memory");
		}
	}
	qsort(l->name, l->names, sizeof(*l->name), by_name);
	return 0;
}

static int take_sections(cfg_t *cfg, struct dsfit_launchers *l)
{
	unsigned launchers = cfg_size(cfg, "launcher"), trainers = cfg_size(cfg, "trainer");

	l->launcher = calloc(launchers + 1, sizeof(*l->launcher));
	l->trainer = calloc(trainers + 1, sizeof(*l->trainer));
	if (!l->launcher || !l->trainer)
		return -1;
	for (unsigned i = 0; i < launchers; i++)
		if (take_launcher(cfg_getnsec(cfg, "launcher", i), &l->launcher[l->launchers++]))
			return -1;
	for (unsigned i = 0; i < trainers; i++)
		if (take_trainer(cfg_getnsec(cfg, "trainer", i), &l->trainer[l->trainers++]))
			return -1;
	return take_list(cfg, "prefixes", &l->prefixes) || take_list(cfg, "nothing", &l->nothing) ||
	       take_list(cfg, "nothing-anywhere", &l->nothing_anywhere) ||
	       take_list(cfg, "training", &l->training) ||
	       take_list(cfg, "methods", &l->methods) ||
	       take_list(cfg, "models", &l->models) ||
	       take_list(cfg, "other-models", &l->other_models) ||
	       take_list(cfg, "variables", &l->variables) ? -1 : 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Of "tune run" the word "tune", of "open_instruct/finetune.py" the file's name. */
static int add_starts(struct dsfit_launchers *l, const struct dsfit_names *names)
{
	for (size_t i = 0; i < names->count; i++) {
		const char *slash = strrchr(names->name[i], '/');
		const char *name = slash ? slash + 1 : names->name[i];

		l->start[l->starts] = strndup(name, strcspn(name, " "));
		if (!l->start[l->starts++])
			return -1;
	}
	return 0;
}

static int take_starts(struct dsfit_launchers *l)
{
	size_t count = l->prefixes.count;
	int rc;

	for (size_t i = 0; i < l->launchers; i++)
		count += l->launcher[i].programs.count;
	for (size_t i = 0; i < l->trainers; i++)
		count += l->trainer[i].programs.count;
	l->start = calloc(count + 1, sizeof(*l->start));
	if (!l->start)
		return -1;
	rc = add_starts(l, &l->prefixes);
	for (size_t i = 0; i < l->launchers && !rc; i++)
		rc = add_starts(l, &l->launcher[i].programs);
	for (size_t i = 0; i < l->trainers && !rc; i++)
		rc = add_starts(l, &l->trainer[i].programs);
	qsort(l->start, l->starts - (rc != 0), sizeof(*l->start), by_text);
	return rc;
}

bool dsfit_launchers_know(const struct dsfit_launchers *l, const char *name)
{
	return bsearch(&name, l->start, l->starts, sizeof(*l->start), by_text);
}

char *dsfit_launchers_path(const char *conf, char *path, size_t size)
{
	const char *slash = strrchr(conf, '/');

	snprintf(path, size, "%.*slaunchers.conf", slash ? (int)(slash - conf) + 1 : 0, conf);
	return path;
}

struct dsfit_launchers *dsfit_launchers_load(const char *path, struct dsfit_error *err)
{
	struct dsfit_launchers *l = calloc(1, sizeof(*l));
	struct dsfit_error why = { "" };
	cfg_t *cfg = l ? read_conf(path, err) : NULL;

	if (!cfg) {
		free(l);
		return NULL;
	}
	if (take_sections(cfg, l) || take_starts(l)) {
		dsfit_fail(err, "out of memory");
	} else if (take_meanings(cfg, l, &why)) {
		dsfit_fail(err, "%.200s: meaning: %.250s", path, why.text);
	} else {
		dsfit_conf_free(cfg);
		return l;
	}
	dsfit_conf_free(cfg);
	dsfit_launchers_free(l);
	return NULL;
}

void dsfit_launchers_free(struct dsfit_launchers *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->launchers; i++) {
		struct dsfit_launcher *launcher = &l->launcher[i];
		struct dsfit_names *lists[] = { &launcher->programs, &launcher->switches,
						&launcher->per_node, &launcher->total,
						&launcher->nodes, &launcher->hosts,
						&launcher->files };

		free(launcher->name);
		for (size_t n = 0; n < sizeof(lists) / sizeof(*lists); n++)
			dsfit_names_free(lists[n]);
	}
	for (size_t i = 0; i < l->trainers; i++) {
		free(l->trainer[i].name);
		dsfit_names_free(&l->trainer[i].programs);
		dsfit_names_free(&l->trainer[i].marks);
		dsfit_names_free(&l->trainer[i].defaults);
	}
	for (size_t i = 0; i < l->names; i++)
		free(l->name[i].name);
	dsfit_names_free(&l->prefixes);
	dsfit_names_free(&l->nothing);
	dsfit_names_free(&l->nothing_anywhere);
	dsfit_names_free(&l->training);
	dsfit_names_free(&l->methods);
	dsfit_names_free(&l->models);
	dsfit_names_free(&l->other_models);
	dsfit_names_free(&l->variables);
	for (size_t i = 0; i < l->starts; i++)
		free(l->start[i]);
	free(l->start);
	free(l->launcher);
	free(l->trainer);
	free(l->name);
	free(l);
}

bool dsfit_launchers_meaning(const struct dsfit_launchers *l, const char *name,
			     enum dsfit_meaning *meaning)
{
	size_t low = 0, high = l->names;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(name, l->name[middle].name);

		if (!order) {
			*meaning = l->name[middle].meaning;
			return true;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}
