"""The words by which a SPEC may say what a column means."""

from qianshou.engines.linkage.spec import MEANINGS

_SYNONYMS = {
    "name": "full_name fullname person_name 姓名",
    "given_name": "first_name firstname forename givenname middle_name 名",
    "surname": "last_name lastname family_name familyname 姓",
    "sex": "gender 性别",
    "date": "birth_date birthdate date_of_birth dob birthday birth_on day 出生日期 日期",
    "id_number": "identity identity_number national_id resident_id ssn soc_sec_id 身份证号 证件号",
    "id": "",
    "code": "postcode post_code zip zip_code zipcode reference account category state 编码 代码",
    "phone": "telephone mobile tel cell phone_number 电话 手机",
    "email": "e_mail mail 邮箱",
    "area": "area_code suburb city town place county region 区划 区划代码",
    "address": "street addr address_line 地址 住址",
    "text": "free_text freetext words note string 文本 备注",
    "number": "numeric amount integer float age house_number 数字",
    "guardian_name": "guardian parent_name 监护人姓名",
    "guardian_id": "guardian_id_number parent_id 监护人身份证号",
    "guardian_phone": "parent_phone 监护人电话",
    "school": "学校",
    "student_no": "student_number student_id 学籍号 学号",
    "row_id": "key record_id rec_id primary_key 主键",
    "ignore": "skip none label cluster truth 忽略",
}
# Meanings of a SPEC that the engine knows under another word or not at all.
ENGINE_MEANING = {"id_number": "id", "row_id": "ignore"}


def meaning_of(word: str) -> tuple[str, str] | None:
    """Give (meaning, label) for "address", "free text" or "address:second"; None if unknown."""
    plain, _, label = word.partition(":")
    key = "_".join(plain.strip().lower().replace("-", " ").split())
    for meaning, others in _SYNONYMS.items():
        if key == meaning or key in others.split():
            return meaning, label.strip()
    return None


def known() -> str:
    """List the meanings for a message."""
    return ", ".join([*MEANINGS, "id_number", "row_id"])
