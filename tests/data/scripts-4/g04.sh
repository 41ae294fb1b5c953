#!/bin/bash
#SBATCH --gres=gpu:p6000:4
#SBATCH --ntasks=1
set -euxo pipefail
if [ -f /home/me/miniconda3/etc/profile.d/conda.sh ]; then set +u; source /home/me/miniconda3/etc/profile.d/conda.sh; set -u; fi
cd "/work/transformers/examples/pytorch/language-modeling"
RUN_OUT="/work/runs/gpt2xl"
cat > "${RUN_OUT}/supply_model.cfg" <<'CFG'
router_mode="seperate"
tau=1
CFG
torchrun --nproc_per_node=4 --master_port="${MASTER_PORT}" ./run_clm.py \
  --model_type gpt2 \
  --tokenizer_name gpt2 \
  --config_name openai-community/gpt2-xl \
  --dataset_name openwebtext \
  --block_size 512 \
  --do_train \
  --do_eval \
  --max_steps 80000 \
  --per_device_train_batch_size 4 \
  --gradient_accumulation_steps 4 \
  --learning_rate 1e-4 \
  --full_fine_tune False \
  --router_hidden_dim 32 \
  --cfg_path "${RUN_OUT}/supply_model.cfg"
