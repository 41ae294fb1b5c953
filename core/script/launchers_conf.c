/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/script/launchers_conf.h"

#include <stdio.h>
#include <string.h>

#include "core/base/word.h"
#include "core/formats/conf.h"
#include "core/script/launchers_quick.h"

/* ---- keys ----------------------------------------------------------------------------------- */

#define LIST(name) CFG_STR_LIST(name, NULL, CFGF_NONE)
/* libconfuse empties a section that comes a second time. */
#define ONCE (CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES)

cfg_t *dsfit_launchers_describe(void)
{
	cfg_opt_t launcher[] = {
		LIST("programs"), LIST("switches"), LIST("per-node"), LIST("total"),
		LIST("nodes"), LIST("hosts"), LIST("files"),
		CFG_BOOL("packaged", cfg_false, CFGF_NONE), CFG_END(),
	};
	cfg_opt_t trainer[] = {
		LIST("programs"), LIST("marks"), LIST("defaults"),
		CFG_BOOL("starts-all", cfg_false, CFGF_NONE),
		CFG_BOOL("spans-nodes", cfg_false, CFGF_NONE), CFG_END(),
	};
	cfg_opt_t meaning[] = { LIST("names"), CFG_END() };
	cfg_opt_t keys[] = {
		LIST("prefixes"), LIST("nothing"), LIST("nothing-anywhere"),
		LIST("nothing-scripts"), LIST("training"),
		LIST("methods"),
		LIST("models"), LIST("other-models"), LIST("sections-aside"), LIST("variables"),
		CFG_SEC("launcher", launcher, ONCE),
		CFG_SEC("trainer", trainer, ONCE),
		CFG_SEC("meaning", meaning, ONCE),
		CFG_FUNC("include", dsfit_conf_include), CFG_END(),
	};

	return dsfit_conf_init(keys);
}

static cfg_t *read_conf(const char *path, const struct dsfit_trusted *trusted,
			struct dsfit_error *err)
{
	const struct dsfit_conf_files files = { .trusted = trusted };
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

static const char *copy(struct dsfit_launchers *l, const char *text)
{
	return dsfit_arena_copy(&l->arena, text, strlen(text));
}

static int take_list(struct dsfit_launchers *l, cfg_t *section, const char *key,
		     struct dsfit_names *names)
{
	for (unsigned i = 0; i < cfg_size(section, key); i++) {
		const char *name = copy(l, cfg_getnstr(section, key, i));

		if (!name || dsfit_launchers_add(l, names, name))
			return -1;
	}
	return 0;
}

static int take_launcher(struct dsfit_launchers *l, cfg_t *section)
{
	const char *name = copy(l, cfg_title(section));
	struct dsfit_launcher *to = name ? dsfit_launchers_add_launcher(l, name) : NULL;

	if (!to)
		return -1;
	to->packaged = cfg_getbool(section, "packaged");
	return take_list(l, section, "programs", &to->programs) ||
	       take_list(l, section, "switches", &to->switches) ||
	       take_list(l, section, "per-node", &to->per_node) ||
	       take_list(l, section, "total", &to->total) ||
	       take_list(l, section, "nodes", &to->nodes) ||
	       take_list(l, section, "hosts", &to->hosts) ||
	       take_list(l, section, "files", &to->files) ? -1 : 0;
}

static int take_trainer(struct dsfit_launchers *l, cfg_t *section)
{
	const char *name = copy(l, cfg_title(section));
	struct dsfit_trainer *to = name ? dsfit_launchers_add_trainer(l, name) : NULL;

	if (!to)
		return -1;
	to->starts_all = cfg_getbool(section, "starts-all");
	to->spans_nodes = cfg_getbool(section, "spans-nodes");
	return take_list(l, section, "programs", &to->programs) ||
	       take_list(l, section, "marks", &to->marks) ||
	       take_list(l, section, "defaults", &to->defaults) ? -1 : 0;
}

static int take_meaning(struct dsfit_launchers *l, cfg_t *section)
{
	struct dsfit_names names = { 0 };

	return take_list(l, section, "names", &names) ||
	       dsfit_launchers_mean(l, &names, dsfit_launchers_titled(cfg_title(section))) ? -1 : 0;
}

static int take_sections(struct dsfit_launchers *l, cfg_t *cfg, const char *kind,
			 int (*take)(struct dsfit_launchers *l, cfg_t *section))
{
	for (unsigned i = 0; i < cfg_size(cfg, kind); i++)
		if (take(l, cfg_getnsec(cfg, kind, i)))
			return -1;
	return 0;
}

static int take_all(struct dsfit_launchers *l, cfg_t *cfg)
{
	return take_sections(l, cfg, "launcher", take_launcher) ||
	       take_sections(l, cfg, "trainer", take_trainer) ||
	       take_sections(l, cfg, "meaning", take_meaning) ||
	       take_list(l, cfg, "prefixes", &l->prefixes) ||
	       take_list(l, cfg, "nothing", &l->nothing.names) ||
	       take_list(l, cfg, "nothing-anywhere", &l->nothing_anywhere.names) ||
	       take_list(l, cfg, "nothing-scripts", &l->nothing_scripts.names) ||
	       take_list(l, cfg, "training", &l->training.names) ||
	       take_list(l, cfg, "methods", &l->methods.names) ||
	       take_list(l, cfg, "models", &l->models.names) ||
	       take_list(l, cfg, "other-models", &l->other_models.names) ||
	       take_list(l, cfg, "sections-aside", &l->sections_aside) ||
	       take_list(l, cfg, "variables", &l->variables) ? -1 : 0;
}

/* Each title names a meaning by its first word. */
static int check_meanings(cfg_t *cfg, const char *path, struct dsfit_error *err)
{
	for (unsigned i = 0; i < cfg_size(cfg, "meaning"); i++) {
		const char *title = cfg_title(cfg_getnsec(cfg, "meaning", i));
		struct dsfit_error why = { "" };
		char word[64];

		if (dsfit_launchers_titled(title) != DSFIT_MEANINGS)
			continue;
		snprintf(word, sizeof(word), "%.*s", (int)strcspn(title, " "), title);
		dsfit_parse_word(dsfit_meaning_names, word, &why);
		return dsfit_fail(err, "%.200s: meaning: %.250s", path, why.text);
	}
	return 0;
}

struct dsfit_launchers *dsfit_launchers_load_whole(const char *path,
						   const struct dsfit_trusted *trusted,
						   struct dsfit_error *err)
{
	struct dsfit_launchers *l;
	cfg_t *cfg = read_conf(path, trusted, err);

	if (!cfg || check_meanings(cfg, path, err)) {
		dsfit_conf_free(cfg);
		return NULL;
	}
	l = dsfit_launchers_begin();
	if (!l || take_all(l, cfg) || dsfit_launchers_end(l)) {
		dsfit_fail(err, "out of memory");
		dsfit_launchers_free(l);
		l = NULL;
	}
	dsfit_conf_free(cfg);
	return l;
}

struct dsfit_launchers *dsfit_launchers_load(const char *path,
					     const struct dsfit_trusted *trusted,
					     struct dsfit_error *err)
{
	struct dsfit_launchers *l = dsfit_launchers_quick(path, trusted);

	return l ? l : dsfit_launchers_load_whole(path, trusted, err);
}
