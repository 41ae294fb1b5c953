/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The dynamic linker keeps a list of all that is loaded, oldest first. An object of it is a plugin
 * of ours if it has a plugin_name of its own that is ours:
 *
 *     sbatch, libslurmfull.so, ..., /a/spank_dsfit.so, /b/spank_dsfit.so
 *                                   the first          a later one
 *
 * Every sbatch looks, and asking the linker for a symbol takes long. The name that was linked into
 * a library, its DT_SONAME, is the same in a copy, so only objects with ours are looked at.
 *
 * slurmstepd has threads that may load and unload something meanwhile. So the paths are copied
 * while the linker holds its lock, and each object is looked at later, through a handle that keeps
 * it. The linker must not be called while it holds that lock.
 */
#include "plugin/instances.h"

#include <dlfcn.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

/* The paths of what is loaded under one DT_SONAME. */
struct objects {
	const char *soname;	/* "": of this plugin none is known, and each object is noted */
	const char *within;	/* this plugin's, by which the linker's entry of it is known */
	char **path;
	size_t count;
};

/* A plugin of our name. */
struct instance {
	const char *file;	/* the dynamic linker's text */
	const char *name;	/* its plugin_name */
};

/* The DT_SONAME of an object, "" if it has none. */
static const char *soname_of(const struct dl_phdr_info *info)
{
	const ElfW(Dyn) *at = NULL;
	ElfW(Addr) table = 0, name = 0;

	for (int i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
			at = (const void *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
	for (; at && at->d_tag != DT_NULL; at++) {
		if (at->d_tag == DT_STRTAB)
			table = at->d_un.d_ptr;
		else if (at->d_tag == DT_SONAME)
			name = at->d_un.d_val;
	}
	if (!table || !name)
		return "";
	/* On most machines the linker has replaced the offset by the address. */
	return (const char *)((table < info->dlpi_addr ? info->dlpi_addr + table : table) + name);
}

static bool has_address(const struct dl_phdr_info *info, const char *address)
{
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];

		if (part->p_type == PT_LOAD &&
		    (ElfW(Addr))address - (info->dlpi_addr + part->p_vaddr) < part->p_memsz)
			return true;
	}
	return false;
}

/* This plugin's own name stays as long as the plugin. */
static int find_soname(struct dl_phdr_info *info, size_t size, void *list)
{
	struct objects *objects = list;

	(void)size;
	if (!has_address(info, objects->within))
		return 0;
	objects->soname = soname_of(info);
	return 1;
}

static int note_object(struct dl_phdr_info *info, size_t size, void *list)
{
	struct objects *objects = list;
	char **more;

	(void)size;
	/* The program itself has no path here. */
	if (!info->dlpi_name || !info->dlpi_name[0] ||
	    (*objects->soname && strcmp(soname_of(info), objects->soname)))
		return 0;
	more = realloc(objects->path, (objects->count + 1) * sizeof(*more));
	if (!more)
		return 1;
	objects->path = more;
	more[objects->count] = strdup(info->dlpi_name);
	return !more[objects->count++];
}

/* Whether the object at the path has this plugin_name itself; *out is then filled in. */
static bool look_at(const char *path, const char *name, struct instance *out)
{
	/* It is loaded already; this only counts it once more. */
	void *handle = path ? dlopen(path, RTLD_LAZY | RTLD_NOLOAD) : NULL;
	const char *found = handle ? dlsym(handle, "plugin_name") : NULL;
	Dl_info where;
	/* What the object depends on was searched too. */
	bool own = found && dladdr(found, &where) && !strcmp(where.dli_fname, path) &&
		   !strcmp(found, name);

	if (own)
		*out = (struct instance){ where.dli_fname, found };
	if (handle)
		dlclose(handle);
	return own;
}

/* The first two plugins of this name. Returns how many there are. */
static size_t find(const char *name, struct instance out[2])
{
	struct objects objects = { .soname = "", .within = name };
	size_t count = 0;

	dl_iterate_phdr(find_soname, &objects);
	dl_iterate_phdr(note_object, &objects);
	for (size_t i = 0; i < objects.count; i++) {
		if (count < 2 && look_at(objects.path[i], name, &out[count]))
			count++;
		free(objects.path[i]);
	}
	free(objects.path);
	return count;
}

bool dsfit_is_later_instance(const char *name)
{
	struct instance found[2];

	return find(name, found) && found[0].name != name;
}

const char *dsfit_later_instance(const char *name, const char **own)
{
	struct instance found[2] = { { NULL } };

	if (find(name, found) < 2 || found[0].name != name)
		return NULL;
	*own = found[0].file;
	return found[1].file;
}
