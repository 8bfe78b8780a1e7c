"""Look-alikes of Aliyun's and Tencent Cloud's message services, written from the vendors' descriptions alone.

Each request's signature is checked over the raw request, as the vendor does. What happens then depends on the last
two digits of the number. Usage: sms.py STATE_FILE; the port is printed on the first line.
"""
import hashlib
import hmac
import json
import re
import sys
import threading
import time
import tomllib
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, unquote

ALIYUN = ("LTAIexample", b"aliyun-secret")
TENCENT = ("AKIDexample", "tencent-secret")
SIGN = "某镇环保办"
HOLE = re.compile(r"\$\{(\w+)\}|\{(\d+)\}")
if len(sys.argv) > 2:
    with open(sys.argv[2], "rb") as approved:
        TEMPLATES = {t["code"]: t["text"] for t in tomllib.load(approved)["template"]}
else:
    TEMPLATES = {"SMS_1": "${name}：建议${time}错峰", "1001": "{1}：建议{2}错峰"}
taken = []  # what was accepted: provider, number, key, the words that arrived
tries = {}
lock = threading.Lock()


def sha(data):
    return hashlib.sha256(data).hexdigest()


def note(**entry):
    with lock:
        taken.append(entry)
        with open(sys.argv[1], "a", encoding="utf-8") as file:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")


def words(code, values, limit):
    """The words that arrive; nothing where the values are not those of the text."""
    text = TEMPLATES.get(code)
    if text is None or {a or b for a, b in HOLE.findall(text)} != set(values):
        return None
    if any(not 0 < len(v) <= limit for v in values.values()):
        return None
    return HOLE.sub(lambda hole: values[hole[1] or hole[2]], text)


def tried(number):
    with lock:
        tries[number] = tries.get(number, 0) + 1
        return tries[number]


class Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, value):
        body = json.dumps(value, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if "x-acs-action" in self.headers:
            self.aliyun(body)
        else:
            self.tencent(body)

    # -- Aliyun -------------------------------------------------------------------------------------------------
    def aliyun(self, body):
        def fail(status, code, words="refused"):
            self.answer(status, {"Code": code, "Message": words, "RequestId": "R", "HostId": "h"})

        authorization = self.headers.get("authorization", "")
        parts = dict(p.split("=", 1) for p in authorization.partition(" ")[2].split(","))
        path, _, raw = self.path.partition("?")
        pairs = [p.partition("=")[::2] for p in raw.split("&") if p]
        query = {unquote(k.replace("+", " ")): unquote(v.replace("+", " ")) for k, v in pairs}
        canonical_query = "&".join(
            f"{quote(k, safe='-._~')}={quote(v, safe='-._~')}" for k, v in sorted(query.items()))
        names = parts.get("SignedHeaders", "").split(";")
        must = {n.lower() for n in self.headers if n.lower().startswith("x-acs-")} | {"host"}
        if not must <= set(names) or names != sorted(names):
            return fail(400, "IncompleteSignature")
        lines = "".join(f"{n}:{self.headers[n].strip()}\n" for n in names)
        canonical = "\n".join([self.command, path, canonical_query, lines, ";".join(names), sha(body)])
        to_sign = "ACS3-HMAC-SHA256\n" + sha(canonical.encode())
        signature = hmac.new(ALIYUN[1], to_sign.encode(), hashlib.sha256).hexdigest()
        if parts.get("Credential") != ALIYUN[0]:
            return fail(404, "InvalidAccessKeyId.NotFound")
        if self.headers["x-acs-content-sha256"] != sha(body) or parts.get("Signature") != signature:
            return fail(400, "SignatureDoesNotMatch", f"wrong for {query.get('PhoneNumbers')}")
        at = datetime.strptime(self.headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
        if abs(datetime.now(timezone.utc) - at) > timedelta(minutes=15):
            return fail(400, "InvalidTimeStamp.Expired")
        if self.headers["x-acs-version"] != "2017-05-25":
            return fail(400, "InvalidVersion")
        if self.headers["x-acs-action"] == "QuerySendDetails":
            return self.details(query)
        number, key = query["PhoneNumbers"], query["OutId"]
        values = json.loads(query.get("TemplateParam", "{}"))
        if query["SignName"] != SIGN:
            return fail(200, "isv.SMS_SIGNATURE_ILLEGAL")
        arrived = words(query["TemplateCode"], values, 35)
        if arrived is None:
            return fail(200, "isv.TEMPLATE_MISSING_PARAMETERS")
        code = {"03": "isv.MOBILE_NUMBER_ILLEGAL", "05": "isv.AMOUNT_NOT_ENOUGH"}.get(number[-2:])
        if number[-2:] == "04" and tried(number) == 1:
            code = "isv.BUSINESS_LIMIT_CONTROL"
        if code:
            return fail(200, code, f"number {number}")
        note(provider="aliyun", number=number, key=key, text=f"【{SIGN}】{arrived}")
        if number[-2:] == "02":
            time.sleep(30)
        self.answer(200, {"Code": "OK", "Message": "OK", "RequestId": "R", "BizId": f"B{number}^0"})

    def details(self, query):
        day = datetime.now(timezone(timedelta(hours=8))).strftime("%Y%m%d")
        found = [t for t in taken if t["provider"] == "aliyun" and t["number"] == query["PhoneNumber"]]
        if query["SendDate"] != day or int(query["PageSize"]) > 50:
            found = []
        if "BizId" in query:
            found = [t for t in found if query["BizId"] == f"B{t['number']}^0"]
        # Of numbers whose last hundred is 7 nothing is known yet.
        listed = [{"OutId": t["key"], "SendStatus": 1 if t["number"][-3] == "7" else 3,
                   "ErrCode": "" if t["number"][-3] == "7" else "DELIVERED", "PhoneNum": t["number"],
                   "TemplateCode": "SMS_1", "Content": "x"} for t in found]
        self.answer(200, {"Code": "OK", "Message": "OK", "RequestId": "R", "TotalCount": str(len(listed)),
                          "SmsSendDetailDTOs": {"SmsSendDetailDTO": listed}})

    # -- Tencent ------------------------------------------------------------------------------------------------
    def tencent(self, body):
        def fail(code):
            self.answer(200, {"Response": {"Error": {"Code": code, "Message": "refused"}, "RequestId": "R"}})

        kind, _, rest = self.headers.get("authorization", "").partition(" ")
        parts = dict(p.strip().split("=", 1) for p in rest.split(","))
        stamp = int(self.headers["x-tc-timestamp"])
        day = datetime.fromtimestamp(stamp, timezone.utc).strftime("%Y-%m-%d")
        scope = f"{day}/sms/tc3_request"
        names = parts["SignedHeaders"].split(";")
        lines = "".join(f"{n}:{self.headers[n].strip()}\n" for n in names)
        canonical = "\n".join(["POST", self.path, "", lines, ";".join(names), sha(body)])
        to_sign = f"TC3-HMAC-SHA256\n{stamp}\n{scope}\n{sha(canonical.encode())}"
        key = ("TC3" + TENCENT[1]).encode()
        for step in (day, "sms", "tc3_request"):
            key = hmac.new(key, step.encode(), hashlib.sha256).digest()
        signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
        if kind != "TC3-HMAC-SHA256" or parts["Credential"] != f"{TENCENT[0]}/{scope}":
            return fail("AuthFailure.SecretIdNotFound")
        if not {"content-type", "host"} <= set(names) or parts["Signature"] != signature:
            return fail("AuthFailure.SignatureFailure")
        if abs(time.time() - stamp) > 300:
            return fail("AuthFailure.SignatureExpire")
        asked = json.loads(body)
        if self.headers["x-tc-action"] == "PullSmsSendStatusByPhoneNumber":
            found = [t for t in taken if t["provider"] == "tencent" and t["number"] == asked["PhoneNumber"]]
            found = [t for t in found if asked["BeginTime"] <= time.time()]
            listed = [{"SerialNo": f"S{t['number']}", "ReportStatus": "SUCCESS", "Description": "DELIVRD",
                       "SessionContext": t["key"], "PhoneNumber": t["number"]} for t in found]
            return self.answer(200, {"Response": {"PullSmsSendStatusSet": listed, "RequestId": "R"}})
        number, values = asked["PhoneNumberSet"][0], asked["TemplateParamSet"]
        if asked["SignName"] != SIGN or asked["SmsSdkAppId"] != "1400000000":
            return fail("FailedOperation.SignatureIncorrectOrUnapproved")
        arrived = words(asked["TemplateId"], {str(i + 1): v for i, v in enumerate(values)}, 35)
        code = "FailedOperation.TemplateParamSetNotMatchApprovedTemplate" if arrived is None else "Ok"
        code = {"03": "InvalidParameterValue.IncorrectPhoneNumber",
                "05": "FailedOperation.InsufficientBalanceInSmsPackage"}.get(number[-2:], code)
        if number[-2:] == "04" and tried(number) == 1:
            code = "LimitExceeded.DeliveryFrequencyLimit"
        if code == "Ok":
            note(provider="tencent", number=number, key=asked["SessionContext"], text=f"【{SIGN}】{arrived}")
            if number[-2:] == "02":
                time.sleep(30)
        self.answer(200, {"Response": {"RequestId": "R", "SendStatusSet": [{
            "SerialNo": f"S{number}" if code == "Ok" else "", "PhoneNumber": number, "Fee": 1, "Code": code,
            "SessionContext": asked["SessionContext"], "Message": f"for {number}", "IsoCode": "CN"}]}})


server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
server.daemon_threads = True
print(server.server_address[1], flush=True)
server.serve_forever()
