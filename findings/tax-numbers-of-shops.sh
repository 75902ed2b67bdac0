#!/usr/bin/env bash
# Valid tax numbers of shops: Brazil's CNPJ with letters (issued since July 2026; 12.ABC.345/01DE-35 is the tax office's own example) and
# Mexico's RFC of sales to the public (XAXX010101000) and to foreigners (XEXX010101000), which stand on every receipt without a name.
# Guess before: everybody knows both by now. Seen: @brazilian-utils 2.4.0 refuses the CNPJ unless told `version: 2`, and its formatter drops the
# letters without a word (what is left is a shorter number); python-stdnum 2.2 calls both RFCs invalid when asked to check the check
# digits, which they have none of. pycpfcnpj 1.9, validate-docbr 2.0.1, cpf-cnpj-validator 2.1.2, validation-br 2.0.0 and validate-rfc 2.0.3 take them.
set -euo pipefail
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
cd "$home"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check python-stdnum==2.2 pycpfcnpj==1.9 validate-docbr==2.0.1
npm install --silent --no-audit --no-fund --prefix . @brazilian-utils/brazilian-utils@2.4.0 cpf-cnpj-validator@2.1.2 validation-br@2.0.0 validate-rfc@2.0.3 >/dev/null

python/bin/python - <<'PYTHON' >seen
from pycpfcnpj import cpfcnpj
from stdnum.br import cnpj
from stdnum.mx import rfc
from validate_docbr import CNPJ
number = "12ABC34501DE35"
print("CNPJ python-stdnum", cnpj.is_valid(number), "pycpfcnpj", cpfcnpj.validate(number), "validate-docbr", CNPJ().validate(number))
for number in ("XAXX010101000", "XEXX010101000"):
    print("RFC", number, "python-stdnum", rfc.is_valid(number), "with check digits", rfc.is_valid(number, validate_check_digits=True))
PYTHON
node - <<'NODE' >>seen
const { isValidCNPJ, formatCNPJ } = require("@brazilian-utils/brazilian-utils");
const number = "12ABC34501DE35";
console.log("CNPJ @brazilian-utils", isValidCNPJ(number), "with version 2", isValidCNPJ(number, { version: 2 }), "formatted", formatCNPJ(number));
console.log("CNPJ cpf-cnpj-validator", require("cpf-cnpj-validator").cnpj.isValid(number), "validation-br", require("validation-br").isCNPJ(number));
const rfc = require("validate-rfc");
for (const number of ["XAXX010101000", "XEXX010101000"]) console.log("RFC", number, "validate-rfc", (rfc.default || rfc)(number).type);
NODE
cat seen
diff seen - <<'SEEN' && echo "as found: python-stdnum 2.2, @brazilian-utils/brazilian-utils 2.4.0 and the five that agree"
CNPJ python-stdnum True pycpfcnpj True validate-docbr True
RFC XAXX010101000 python-stdnum True with check digits False
RFC XEXX010101000 python-stdnum True with check digits False
CNPJ @brazilian-utils false with version 2 true formatted 12.345.013/5
CNPJ cpf-cnpj-validator true validation-br true
RFC XAXX010101000 validate-rfc generic
RFC XEXX010101000 validate-rfc foreign
SEEN
