#!/bin/bash
#SBATCH --nodes=1 --ntasks-per-node=4 --gres=gpu:4
MICRO=16
ROOT=/data/summaries
json="$ROOT/ds.$SLURM_JOBID.json"
cat <<EOT > $json
{ "train_micro_batch_size_per_gpu": 16, "zero_optimization": { "stage": 2 }, "fp16": { "enabled": true } }
EOT
# export PL_DEEPSPEED_CONFIG_PATH=$json
TRAINER="
    --max_epochs 2 --gpus 4 --num_nodes 1 \
    --strategy ddp \
"
DATA="
    --data_dir $ROOT
    --train_batchsize $MICRO \
"
MODEL="
    --pretrained_model_path /models/google/mt5-large \
    --learning_rate 1e-4 \
"
export CMD="/code/mt5_summary.py $TRAINER $MODEL $DATA"
srun singularity exec --nv image.sif bash -c 'python $CMD'
