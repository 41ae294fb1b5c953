/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The dynamic linker keeps a list of all that is loaded, oldest first. An object of it is a plugin
 * of ours if it has a plugin_name of its own that is ours:
 *
 *     sbatch, libslurmfull.so, ..., /a/spank_dsfit.so, /b/spank_dsfit.so
 *                                   the first          a later one
 */
#include "plugin/instances.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>

/* The plugin_name that an object itself has; NULL if it has none. */
static const char *name_in(const struct link_map *object)
{
	/* It is loaded already; this only counts it once more. */
	void *handle = dlopen(object->l_name, RTLD_LAZY | RTLD_NOLOAD);
	const char *name = handle ? dlsym(handle, "plugin_name") : NULL;
	Dl_info where;

	if (handle)
		dlclose(handle);
	/* What the object depends on was searched too. */
	return name && dladdr(name, &where) && !strcmp(where.dli_fname, object->l_name) ? name :
											   NULL;
}

static const struct link_map *first_object(void)
{
	void *handle = dlopen(NULL, RTLD_LAZY | RTLD_NOLOAD);
	struct link_map *object = NULL;

	if (handle && dlinfo(handle, RTLD_DI_LINKMAP, &object))
		object = NULL;
	if (handle)
		dlclose(handle);
	while (object && object->l_prev)
		object = object->l_prev;
	return object;
}

/* The first object from `object` on that is a plugin of this name. */
static const struct link_map *find(const struct link_map *object, const char *name)
{
	for (; object; object = object->l_next) {
		const char *found = *object->l_name ? name_in(object) : NULL;

		if (found && !strcmp(found, name))
			return object;
	}
	return NULL;
}

static bool is_own(const struct link_map *object, const char *name)
{
	return name_in(object) == name;
}

bool dsfit_is_later_instance(const char *name)
{
	const struct link_map *first = find(first_object(), name);

	return first && !is_own(first, name);
}

const char *dsfit_later_instance(const char *name, const char **own)
{
	const struct link_map *first = find(first_object(), name);
	const struct link_map *second = first ? find(first->l_next, name) : NULL;

	if (!second || !is_own(first, name))
		return NULL;
	*own = first->l_name;
	return second->l_name;
}
