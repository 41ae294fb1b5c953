#!/usr/bin/env bats
# A model that no request of the site holds.

load helpers

# missing: refused, with what the closest request has too little of, in figures that are no accident.
missing() {
	refused
	matches "$(said)" 'no request at this site fits'
	matches "$(said)" 'closest request: [0-9]+ nodes? x [0-9]+ .*: at least [0-9.]+ (GiB|TiB|PiB) needed per GPU, [0-9.]+ GiB available'
	lacks "$(said)" '-[0-9]+(\.[0-9]+)? [KMGTPE]iB|EiB|1844674407|nan|inf'
	is "$(alternatives)" ''
}

@test "100T: refused with what is missing" {
	run_sbatch_hold --ds-model=100T
	missing
}

@test "100T, GPUs asked for" {
	run_sbatch_hold --ds-model=100T --gpus-per-node=h200:8
	missing
	matches "$(said)" 'memory per GPU: [0-9.]+ (GiB|TiB) needed'
	run_sbatch_hold --ds-model=100T --gpus=2
	missing
}

@test "1000T, the largest size there is: no number wraps" {
	run_sbatch_hold --ds-model=1000T --ds-batch=1000000 --ds-seq=1000000000 --gpus=a100:4
	refused
	matches "$(said)" 'no request at this site fits'
	lacks "$(said)" '-[0-9]+(\.[0-9]+)? [KMGTPE]iB|1844674407|nan|inf'
}

@test "100T, salloc and srun" {
	run_salloc --ds-model=100T -N1 true
	missing
	run_srun --ds-model=100T -N1 true
	missing
}
